"""Where messages to a browser are offered, and what the browser gets for them."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from config.settings import Settings
from models.push_endpoint import endpoint_key
from models.services.push_subscriptions import Browser as Told
from models.services.push_subscriptions import Owner, list_subscriptions, subscribe
from models.user import User
from models.vapid import public_key
from tests.factories import RequestFactory, UserFactory
from tests.servers.push_server import Browser
from tests.web.conftest import link_token
from tests.web.pages.conftest import csrf
from tests.web.pages.document import read

KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
PATH = "/api/push-subscriptions"


def _subscription() -> dict[str, object]:
    return Browser("https://fcm.googleapis.com", "/fcm/send/abc").subscription


@pytest.mark.parametrize("is_on", [True, False])
def test_it_is_offered_only_where_messages_are_sent(
    desk: FlaskClient, session: Session, settings_with: Callable[..., Settings], is_on: bool
) -> None:
    settings_with(VAPID_PRIVATE_KEY=KEY if is_on else "")
    request, ended = RequestFactory(), RequestFactory(completed=True)
    session.commit()
    for path, offered in (
        ("/desk/profile", is_on),
        (f"/r/{request.reference}?token={link_token(request)}", is_on),
        (f"/r/{ended.reference}?token={link_token(ended)}", False),
    ):
        page = read(desk.get(path))
        places = [one for one in page.all("div") if one.get("data-push")]
        assert len(places) == int(offered), path
        if offered:
            assert places[0]["data-key"] == public_key(KEY)
            assert places[0].get("hidden") is not None
            assert not places[0]["data-known"].strip()


def test_a_page_knows_by_its_hash_whether_this_browser_is_told(
    desk: FlaskClient, session: Session, settings_with: Callable[..., Settings]
) -> None:
    settings_with(VAPID_PRIVATE_KEY=KEY)
    given = _subscription()
    # Scripts send the token of the page's forms.
    assert desk.post(PATH, json=given, headers={"Accept": "*/*"}).status_code == 403
    headers = {"X-CSRF-TOKEN": csrf(desk), "Accept": "*/*"}
    assert desk.post(PATH, json=given, headers=headers).status_code == 201
    answer = desk.get("/desk/profile")
    (place,) = (one for one in read(answer).all("div") if one.get("data-push"))
    assert place["data-known"].split() == [endpoint_key(str(given["endpoint"]))]
    assert str(given["endpoint"]) not in answer.text


def test_a_lost_phone_is_taken_off_the_list(
    enter: Callable[[User | None], FlaskClient],
    session: Session,
    settings_with: Callable[..., Settings],
) -> None:
    settings_with(VAPID_PRIVATE_KEY=KEY)
    user = UserFactory()
    desk = enter(user)
    phone, browser = _subscription(), _subscription()
    browser["endpoint"] = "https://web.push.apple.com/abc"
    other = UserFactory()
    for owner, given, name in (
        (user, browser, ""),
        (user, phone, "Chrome · Android"),
        (other, browser, "Safari · iPhone"),
    ):
        told = Told(str(given["endpoint"]), "key", "auth", "en", name)
        subscribe(session, told, Owner(user_id=owner.id))
    session.commit()
    page = read(desk.get("/desk/profile"))
    (remove,) = page.all("button", name="device")  # the other browser is the other user's now
    assert remove["value"] == endpoint_key(str(phone["endpoint"]))
    assert "Chrome · Android" in page.text and "Safari" not in page.text
    taken = endpoint_key(str(browser["endpoint"]))
    for device in (remove["value"], taken, "", "x" * 5000):
        form = {"device": device, "csrf_token": csrf(desk)}
        assert desk.post("/desk/profile/device", data=form).status_code == 303
    assert not list_subscriptions(session, Owner(user_id=user.id))
    assert len(list_subscriptions(session, Owner(user_id=other.id))) == 1


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({}, ["service_worker"]),
        ({"VAPID_PRIVATE_KEY": KEY}, ["service_worker", "push_worker"]),
        ({"VAPID_PRIVATE_KEY": KEY, "INTAKE_REQUIRE_LOGIN": "1"}, ["push_worker"]),
    ],
)
def test_the_service_worker_has_what_is_needed(
    browser: FlaskClient,
    settings_with: Callable[..., Settings],
    settings: dict[str, str],
    parts: list[str],
) -> None:
    settings_with(**settings)
    answer = browser.get("/service-worker.js")
    found = re.findall(r'^import "(/static/[^"]+/js/(\w+)\.js)";$', answer.text, re.MULTILINE)
    assert [name for _, name in found] == parts
    for address, _ in found:
        with browser.get(address) as script:
            assert script.status_code == 200
    assert "img-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_desk_is_an_entry_of_its_own_on_a_home_screen(desk: FlaskClient) -> None:
    for path, start in (("/", "/"), ("/desk", "/desk"), ("/desk/profile", "/desk")):
        link = read(desk.get(path)).one("link", rel="manifest")
        manifest = desk.get(link["href"]).get_json()
        assert (manifest["id"], manifest["start_url"], manifest["scope"]) == (start, start, "/")
        assert manifest["display"] == "standalone"
        assert {icon.get("purpose") for icon in manifest["icons"]} >= {"any", "maskable"}
