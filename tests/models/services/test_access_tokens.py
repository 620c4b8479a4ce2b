"""Access tokens: what is let in, and for how long."""

from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from models.errors import NotAuthenticated
from models.services import access_tokens
from models.services.access_tokens import ALGORITHM, ISSUER, LEEWAY, read_access_token

SECRET = "a secret of this test, long enough for any hash"


def _token(**changes: Any) -> str:
    claims = {"iss": ISSUER, "type": "access", "sub": "7", "sid": 3, "exp": 4_000_000_000}
    return jwt.encode(claims | changes, SECRET, ALGORITHM)


def test_its_signature_is_checked_once() -> None:
    token = _token()
    assert read_access_token(SECRET, token) is read_access_token(SECRET, token)
    with pytest.raises(NotAuthenticated):
        read_access_token(SECRET + "!", token)


def test_it_ends_when_it_says_by_clocks_that_differ_a_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = _token()
    end = read_access_token(SECRET, token)["exp"]
    for moment, holds in ((end + LEEWAY - 1, True), (end + LEEWAY + 1, False)):
        monkeypatch.setattr(access_tokens, "time", SimpleNamespace(time=lambda at=moment: at))
        if holds:
            assert read_access_token(SECRET, token)
        else:
            with pytest.raises(NotAuthenticated):
                read_access_token(SECRET, token)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "refresh"},
        {"iss": "somebody"},
        {"sub": "admin"},
        {"sub": None},
        {"sid": True},
        {"sid": "3"},
        {"exp": None},
        {"exp": 1},
        {"nbf": 3_999_999_999},
    ],
)
def test_others_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        read_access_token(SECRET, _token(**changes))
