"""Accounts, locks after wrong passwords, and families of refresh tokens."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import now
from models.errors import InvalidInput, NotFound
from models.services import users
from models.services.login_places import Place
from models.services.logins import (
    close_login,
    find_user_of_login,
    open_login,
    rotate_login,
)
from models.user import LoginSession, Person
from tests.crowd import at_once
from tests.factories import PASSWORD, UserFactory, using

HERE = Place("192.0.2.1")


def test_a_name_is_folded_and_taken_once(session: Session) -> None:
    users.create_user(session, username=" Kim@Example.org ", password="long enough")
    assert users.get_user(session, "KIM@example.org").username == "kim@example.org"
    with pytest.raises(InvalidInput) as caught:
        users.create_user(session, username="kim@example.ORG", password="long enough")
    assert caught.value.field == "username"


@pytest.mark.parametrize("name", ["", "  ", "kim\nlee", "kim\x1b[31m", "kim  lee", "x" * 201])
def test_a_name_that_no_login_would_read_is_refused(session: Session, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        users.create_user(session, username=name, password="long enough")
    assert caught.value.field == "username"


def test_a_name_with_a_line_break_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInput) as caught:
        users.create_user(session, username="kim", password="long enough", name="Kim\nadmin")
    assert caught.value.field == "name"


@pytest.mark.parametrize("length", [0, 9, 1001])
def test_a_password_of_a_wrong_length_is_refused(session: Session, length: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        users.create_user(session, username="kim", password="x" * length)
    assert caught.value.field == "password"


def test_passwords_are_kept_as_argon2(session: Session) -> None:
    user = users.create_user(session, username="kim", password="long enough")
    assert user.password_hash.startswith("$argon2id$")
    assert users.find_by_password(session, "kim", "long enough", HERE) is user


def test_a_password_is_the_same_however_its_letters_are_composed(session: Session) -> None:
    """Some systems send Hangul and accents in pieces, on the way in or at the login."""
    composed, pieces = (
        unicodedata.normalize(form, "비밀번호는 café 열 글자") for form in ("NFC", "NFD")
    )
    assert composed != pieces
    for number, (chosen, typed) in enumerate([(composed, pieces), (pieces, composed)]):
        user = users.create_user(session, username=f"kim{number}", password=chosen)
        assert users.find_by_password(session, user.username, typed, HERE) is user


def test_an_unknown_username(session: Session) -> None:
    assert users.find_user(session, "nobody") is None
    assert users.find_by_password(session, "nobody", "x", HERE) is None
    with pytest.raises(NotFound):
        users.get_user(session, "nobody")


def test_a_disabled_account_has_no_right_password(session: Session) -> None:
    user = UserFactory(disabled=True)
    assert users.find_by_password(session, user.username, PASSWORD, HERE) is None


def test_a_new_password_ends_every_open_login(session: Session) -> None:
    """A user who changes a leaked password expects that it logs out whoever used it."""
    user = UserFactory()
    login = open_login(session, user)
    users.set_password(session, user, "another long one")
    session.flush()
    assert find_user_of_login(session, login.session_id, user.id) is None


def test_disabling_ends_every_open_login_for_good(session: Session) -> None:
    user = UserFactory()
    login = open_login(session, user)
    users.disable_user(session, user)
    user.active = True
    session.flush()
    assert find_user_of_login(session, login.session_id, user.id) is None
    assert rotate_login(session, login.session_id, login.refresh_id) is None


def test_a_login_lives_until_it_is_closed(session: Session) -> None:
    user = UserFactory()
    login = open_login(session, user)
    person = find_user_of_login(session, login.session_id, user.id)
    assert person == Person(user.id, user.username, user.name, user.role)
    assert find_user_of_login(session, login.session_id, user.id + 1) is None
    close_login(session, login.session_id)
    close_login(session, login.session_id)
    close_login(session, 10**9)
    assert find_user_of_login(session, login.session_id, user.id) is None
    assert rotate_login(session, login.session_id, login.refresh_id) is None


def test_a_stolen_refresh_token_ends_the_family(session: Session) -> None:
    login = open_login(session, UserFactory())
    second = rotate_login(session, login.session_id, login.refresh_id)
    assert second is not None and second.refresh_id != login.refresh_id
    third = rotate_login(session, second.session_id, second.refresh_id)
    assert third is not None
    assert rotate_login(session, login.session_id, login.refresh_id) is None
    assert rotate_login(session, third.session_id, third.refresh_id) is None
    assert session.scalars(select(LoginSession.revoked_at)).one() is not None


def test_a_login_ends_by_itself(session: Session) -> None:
    user = UserFactory()
    login = open_login(session, user)
    session.get_one(LoginSession, login.session_id).expires_at = now() - timedelta(seconds=1)
    session.flush()
    assert find_user_of_login(session, login.session_id, user.id) is None
    assert rotate_login(session, login.session_id, login.refresh_id) is None


def test_concurrent_uses_of_a_refresh_token_rotate_it_once(
    committed: Callable[[], Session],
) -> None:
    with committed() as session, session.begin(), using(session):
        login = open_login(session, UserFactory())

    def rotate(_number: int) -> bool:
        with committed() as session, session.begin():
            return rotate_login(session, login.session_id, login.refresh_id) is not None

    assert sum(at_once(10, rotate)) == 1
