"""One's own account, and the accounts of all users."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import LastAdmin
from models.mail import Mail
from models.services.users import disable_user
from models.user import User
from models.words import Role
from tests.crowd import at_once
from tests.factories import PASSWORD, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import read

Enter = Callable[[User | None], FlaskClient]
NEW = "비밀번호 아주 긴 것"


def _post(browser: FlaskClient, path: str, **given: str) -> int:
    return browser.post(path, data={"csrf_token": csrf(browser), **given}).status_code


def _other_browser(app: Flask, user: User, password: str = PASSWORD) -> FlaskClient:
    other = app.test_client()
    other.post("/login", data={"username": user.username, "password": password})
    return other


def test_name_and_language_are_ones_own(enter: Enter, session: Session) -> None:
    user = UserFactory(language="en")
    desk = enter(user)
    assert read(desk.get("/desk/profile")).by_name("name")["value"] == user.name
    answer = desk.post(
        "/desk/profile",
        data={"csrf_token": csrf(desk), "name": " 김  하늘 ", "language": "ko", "role": "admin"},
    )
    assert answer.status_code == 303
    assert "저장" in desk.get(answer.headers["Location"]).text
    assert 'lang="ko"' in desk.get("/desk").text
    session.refresh(user)
    assert (user.name, user.language, user.role) == ("김 하늘", "ko", Role.OPERATOR)
    for name in ("x" * 201, "kim\u202eadmin"):
        wrong = {"name": name, "language": "fr", "csrf_token": csrf(desk)}
        page = read(desk.post("/desk/profile", data=wrong), 422)
        assert page.one("p", id="name-error").text and page.one("p", id="language-error").text


def test_another_password_ends_all_other_logins_and_the_owner_is_told(
    app: Flask, enter: Enter, session: Session
) -> None:
    user = UserFactory(language="en")
    desk = enter(user)
    other = _other_browser(app, user)
    assert other.get("/desk/profile").status_code == 200
    assert _post(desk, "/desk/profile/password", old=PASSWORD, password=NEW) == 303
    assert other.get("/desk/profile").status_code != 200
    assert desk.get("/desk/profile").status_code == 200
    mail = session.scalars(select(Mail)).one()
    assert (mail.kind, mail.recipient) == ("password_changed", user.username)
    assert NEW not in mail.text
    again = _other_browser(app, user, NEW)
    assert again.get("/desk/profile").status_code == 200
    assert _post(again, "/desk/profile", name="Kim", language="en") == 303


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", NEW, "old"), (PASSWORD, "x" * 9, "password"), (PASSWORD, "각" * 9, "password")],
)
def test_a_password_that_cannot_be_is_refused(
    enter: Enter, session: Session, old: str, new: str, field: str
) -> None:
    user = UserFactory()
    desk = enter(user)
    kept = user.password_hash
    given = {"csrf_token": csrf(desk), "old": old, "password": new}
    page = read(desk.post("/desk/profile/password", data=given), 422)
    assert page.one("p", id=f"{field}-error").text
    assert not page.by_name(field).get("value")
    session.refresh(user)
    assert user.password_hash == kept


def test_a_stolen_login_can_try_only_so_many_passwords(enter: Enter) -> None:
    desk = enter(None)
    given = {"old": "wrong", "password": "short"}
    answers = {_post(desk, "/desk/profile/password", **given) for _ in range(40)}
    assert answers == {422, 429}


@pytest.mark.parametrize("role", [None, *Role])
def test_who_may_see_and_change_accounts(
    browser: FlaskClient, enter: Enter, session: Session, role: Role | None
) -> None:
    user = UserFactory(name="somebody")
    session.commit()
    desk = enter(UserFactory(role=role)) if role else browser
    path, given = f"/desk/users/{user.id}", {"name": "x", "language": "ko", "role": "manager"}
    assert desk.post(path, data=given).status_code in (303, 401, 403)
    session.refresh(user)
    assert user.role == "operator"
    if role is None:
        assert desk.get("/desk/users").status_code == desk.get("/desk/profile").status_code == 303
        return
    seen = desk.get("/desk/users")
    assert seen.status_code == (403 if role is Role.OPERATOR else 200)
    assert ("somebody" in seen.text) == (seen.status_code == 200) and "argon2" not in seen.text
    assert (f'action="{path}"' in seen.text) == (role is Role.ADMIN)
    assert ('href="/desk/users"' in desk.get("/desk").text) == (role is not Role.OPERATOR)
    assert _post(desk, path, **given) == (303 if role is Role.ADMIN else 403)
    session.refresh(user)
    assert user.role == ("manager" if role is Role.ADMIN else "operator")


def test_a_disabled_account_is_out_at_once_and_comes_back_by_a_new_login(
    app: Flask, enter: Enter, session: Session
) -> None:
    user = UserFactory()
    session.commit()
    other, desk = _other_browser(app, user), enter(UserFactory(admin=True))
    path = f"/desk/users/{user.id}"
    assert _post(desk, path, do="disable") == 303
    assert other.get("/desk/profile").status_code != 200
    assert _other_browser(app, user).get_cookie("haja_access") is None
    assert _post(desk, path, do="enable") == 303
    assert other.get("/desk/profile").status_code != 200
    assert _other_browser(app, user).get("/desk/profile").status_code == 200
    assert _post(desk, "/desk/users/999999", do="disable") == 404


@pytest.mark.parametrize(
    "given", [{"do": "disable"}, {"name": "", "language": "ko", "role": "manager"}]
)
def test_one_active_admin_stays(enter: Enter, session: Session, given: dict[str, str]) -> None:
    UserFactory(admin=True, disabled=True)
    me, second = UserFactory(admin=True), UserFactory(admin=True)
    desk = enter(me)
    assert _post(desk, f"/desk/users/{second.id}", **given) == 303
    page = read(desk.post(f"/desk/users/{me.id}", data={"csrf_token": csrf(desk), **given}), 409)
    assert page.one("p", id=f"role-{me.id}-error").text
    session.refresh(me)
    assert me.active and me.role == Role.ADMIN


def test_two_admins_who_disable_each_other_at_once_leave_one(
    committed: Callable[[], Session],
) -> None:
    with committed() as session:
        admins = [UserFactory.build(admin=True) for _ in range(2)]
        session.add_all(admins)
        session.commit()
    ends: list[str] = []

    def disable(number: int) -> None:
        with committed() as session:
            user = session.get_one(User, admins[number].id)
            try:
                disable_user(session, user)
                session.commit()
                ends.append("disabled")
            except LastAdmin:
                ends.append("kept")

    at_once(2, disable)
    assert sorted(ends) == ["disabled", "kept"]


def test_commands_do_the_same(app: Flask, in_transaction: None, session: Session) -> None:
    admin = UserFactory(admin=True)
    user = UserFactory(disabled=True)

    def run(*arguments: str) -> int:
        return app.test_cli_runner().invoke(args=["users", *arguments]).exit_code

    assert run("enable", user.username) == 0
    assert (
        run("change", user.username, "--role", "manager", "--name", "김", "--language", "en") == 0
    )
    session.refresh(user)
    assert (user.active, user.role, user.name, user.language) == (True, "manager", "김", "en")
    assert run("disable", admin.username) == run("change", admin.username, "--role", "manager") == 1
    assert run("change", user.username, "--name", "a\nb") == 1
