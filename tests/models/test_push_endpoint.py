"""Where messages to browsers may go, whatever a stranger's browser says."""

import pytest

from models.push_endpoint import is_push_endpoint
from models.vapid import is_auth_secret, is_public_key, public_key
from tests.servers.push_server import Browser

OWN = frozenset({"http://127.0.0.1:9000", "https://push.example.org"})


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://FCM.googleapis.com:443/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc%3d%3d",
        "https://web.push.apple.com/QOabc-_",
        "http://127.0.0.1:9000/push/1",
        "https://push.example.org/push/1",
    ],
)
def test_known_push_services_are_taken(endpoint: str) -> None:
    assert is_push_endpoint(endpoint, OWN)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com/",
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/fcm/send/abc",
        "https://fcm.googleapis.com:99999/fcm/send/abc",
        "https://fcm.googleapis.com@10.0.0.1/fcm/send/abc",
        "https://10.0.0.1\\@fcm.googleapis.com/fcm/send/abc",
        "https://evilfcm.googleapis.com.example.org/x",
        "https://notify.windows.com.example.org/x",
        "https://evilnotify.windows.com/x",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\r\nHost: inside",
        "https://ｆcm.googleapis.com/x",
        "https://[::1/x",
        "https://127.0.0.1:9000/push/1",
        "http://127.0.0.1:9001/push/1",
        "http://127.0.0.1:9000@169.254.169.254/latest",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "gopher://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        f"https://fcm.googleapis.com/{'x' * 1000}",
    ],
)
def test_nothing_else_is(endpoint: str) -> None:
    assert not is_push_endpoint(endpoint, OWN)


def test_keys_are_judged() -> None:
    """The pair is the one of RFC 8291, appendix A (of the application server)."""
    private = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
    public = (
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
    )
    assert public_key(private) == public
    assert is_public_key(public)
    for wrong in ("", "AAAA", public[:-2], "A" + public[1:], public[:-2] + "AA", "é" * 87):
        assert not is_public_key(wrong)
    assert is_auth_secret(Browser("", "").subscription["keys"]["auth"])
    for wrong in ("", "BTBZMqHH6r4Tts7J_aSIg", "not base64 at all!", "BTBZMqHH6r4Tts7J_aSIgAA"):
        assert not is_auth_secret(wrong)
