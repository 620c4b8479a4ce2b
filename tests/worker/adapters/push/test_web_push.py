"""Messages to a real push service: what it gets, and what each of its answers means."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from models.ports import (
    AmbiguousError,
    OutgoingPush,
    PermanentError,
    SubscriptionGone,
    TransientError,
)
from models.vapid import public_key
from tests.servers.push_server import CUT, HANG, Browser, PushServer
from tests.worker.adapters.settings import make_settings
from worker.adapters.push import web_push
from worker.adapters.push.web_push import WebPushSender

KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
WORDS = {"title": "긴급 · 전기", "body": "103동"}


@pytest.fixture(scope="module")
def service() -> Iterator[PushServer]:
    with PushServer() as server:
        yield server


def _push(browser: Browser, **changes: str) -> OutgoingPush:
    subscription = browser.subscription
    values = {"endpoint": browser.endpoint, **subscription["keys"], **changes}
    return OutgoingPush(
        **values,
        payload=json.dumps(WORDS).encode(),
        ttl=600,
        urgency="high",
        topic="topic-of-a-request",
    )


def _send(push: OutgoingPush, origin: str) -> list[str]:
    """Send it; returns one word for each call of ``before_handover``, also where it fails."""
    sender = WebPushSender(make_settings(vapid_private_key=KEY, push_origins=origin))
    entered: list[str] = []
    try:
        sender.send(push, before_handover=lambda: entered.append("entered"))
    except Exception as error:
        error.add_note("entered" if entered else "not entered")
        raise
    return entered


def test_a_browser_gets_what_was_written_for_it(service: PushServer) -> None:
    browser = service.browser()
    assert _send(_push(browser), service.origin) == ["entered"]
    assert browser.read() == [WORDS]
    (arrived,) = browser.arrived
    wanted = {"ttl": "600", "urgency": "high", "topic": "topic-of-a-request"}
    assert wanted.items() <= arrived.headers.items()
    assert arrived.headers["content-encoding"] == "aes128gcm"
    assert "title" not in arrived.body.decode("latin-1")


def test_the_push_service_can_check_who_calls(service: PushServer) -> None:
    """RFC 8292: signed for this service, by the key that the browser subscribed with."""
    browser = service.browser()
    _send(_push(browser), service.origin)
    scheme, _, given = browser.arrived[0].headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in given.split(","))
    assert scheme == "vapid" and parts["k"] == public_key(KEY)
    point = urlsafe_b64decode(parts["k"] + "=")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=service.origin)
    assert claims["sub"] == "mailto:haja@localhost"


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (200, None),
        (201, None),
        (202, None),
        (307, PermanentError),
        (400, PermanentError),
        (403, PermanentError),
        (404, SubscriptionGone),
        (410, SubscriptionGone),
        (413, PermanentError),
        (429, TransientError),
        (500, TransientError),
        (503, TransientError),
        (CUT, AmbiguousError),
        (HANG, AmbiguousError),
    ],
)
def test_each_answer_means_something(
    service: PushServer,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: int | str,
    error: type[Exception] | None,
) -> None:
    if behaviour == HANG:
        monkeypatch.setattr(web_push, "ANSWER_SECONDS", 0.2)
    browser = service.browser()
    browser.behaviour = behaviour
    if error is None:
        _send(_push(browser), service.origin)
    else:
        with pytest.raises(error) as caught:
            _send(_push(browser), service.origin)
        assert type(caught.value) is error
        assert caught.value.__notes__ == ["entered"]
        assert browser.path not in str(caught.value)
    assert len(browser.arrived) == 1
    assert not service.strange  # no redirect was followed


def test_nothing_was_sent_without_a_connection() -> None:
    with PushServer() as gone:
        browser = gone.browser()
    with pytest.raises(TransientError) as caught:
        _send(_push(browser), gone.origin)
    assert caught.value.__notes__ == ["not entered"]


def test_what_is_no_push_service_is_never_called(service: PushServer) -> None:
    """Also where it was one when the browser subscribed."""
    browser = service.browser()
    with pytest.raises(PermanentError) as caught:
        _send(_push(browser), "https://push.example.org")
    assert caught.value.__notes__ == ["not entered"]
    assert not browser.arrived


@pytest.mark.parametrize("changes", [{"p256dh": "BAAA"}, {"auth": ""}, {"p256dh": "!"}])
def test_keys_that_do_not_fit_are_refused(service: PushServer, changes: dict[str, str]) -> None:
    browser = service.browser()
    with pytest.raises(PermanentError) as caught:
        _send(_push(browser, **changes), service.origin)
    assert caught.value.__notes__ == ["not entered"]


def test_a_lost_claim_sends_nothing(service: PushServer) -> None:
    browser = service.browser()
    sender = WebPushSender(make_settings(vapid_private_key=KEY, push_origins=service.origin))

    def lose() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        sender.send(_push(browser), before_handover=lose)
    assert not browser.arrived


def test_a_service_that_hangs_holds_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_push, "TURN_SECONDS", 0.1)
    with PushServer() as service:
        browser = service.browser()
        browser.behaviour = HANG
        sender = WebPushSender(make_settings(vapid_private_key=KEY, push_origins=service.origin))

        def send(_number: int) -> str:
            entered: list[str] = []
            try:
                sender.send(_push(browser), before_handover=lambda: entered.append("entered"))
            except (AmbiguousError, TransientError) as error:
                if not entered:
                    waiting.release()
                return f"{type(error).__name__} {bool(entered)}"
            return "sent"

        waiting = Semaphore(0)
        with ThreadPoolExecutor(6) as pool:
            ends = [pool.submit(send, number) for number in range(6)]
            for _ in range(6 - web_push.TURNS_AT_ONCE):
                assert waiting.acquire(timeout=30)
            service.closing.set()  # the others are cut off
            found = sorted(end.result() for end in ends)
    assert found == ["AmbiguousError True"] * web_push.TURNS_AT_ONCE + ["TransientError False"] * 3
    assert all(sender._turns.acquire(blocking=False) for _ in range(web_push.TURNS_AT_ONCE))
