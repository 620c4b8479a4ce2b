"""Teams and rules on their pages, without JavaScript; and the teams of the API."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.services.assignment_rules import list_rules
from models.services.teams import create_team, list_teams, set_members
from models.team import Team
from models.user import User
from tests.factories import RequestFactory, UserFactory
from tests.web.conftest import Headers
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read

Enter = Callable[[User | None], FlaskClient]


def _post(browser: FlaskClient, path: str, status: int = 303, **given: Any) -> Document:
    answer = browser.post(path, data={"csrf_token": csrf(browser), **given})
    if status == 303:
        assert answer.status_code == 303, answer.text
        return read(browser.get(answer.headers["Location"]))
    return read(answer, status)


@pytest.fixture
def manager(enter: Enter) -> FlaskClient:
    return enter(UserFactory(manager=True, name="박소장", language="en"))


def test_a_manager_keeps_teams(manager: FlaskClient, session: Session) -> None:
    lee = UserFactory(username="lee@example.org", name="이기사")
    words: dict[str, Any] = {
        "name_ko": " 전기  팀 ",
        "name_en": "Electricians",
        "address": "a@b.example",
    }
    page = _post(manager, "/desk/teams", **words, language="en", member=[lee.id, 0, "x"])
    assert "Electricians" in page.one("summary").text
    ((team, members),) = list_teams(session)
    assert (team.name_ko, team.address, team.language) == ("전기 팀", "a@b.example", "en")
    assert [user.id for user in members] == [lee.id]
    path = f"/desk/teams/{team.id}"
    given: dict[str, Any] = {
        "name_ko": "",
        "name_en": "Power",
        "language": "ko",
        "version": team.version,
    }
    _post(manager, path, **given)
    session.expire_all()
    ((team, members),) = list_teams(session)
    assert (team.name, members) == ("Power", [])
    lost = _post(manager, path, 412, **{**given, "name_en": "Water"})
    assert lost.one("input", id=f"name_en-{team.id}")["value"] == "Water"
    assert "closed" in _post(manager, path, do="close").one("summary").text
    assert "closed" not in _post(manager, path, do="reopen").one("summary").text


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"name_ko": "", "name_en": " "}, "name_ko"),
        ({"name_ko": "청소팀"}, "name_ko"),
        ({"name_ko": "가" * 201}, "name_ko"),
        ({"name_ko": "가", "address": "nobody"}, "address"),
        ({"name_ko": "가", "language": "fr"}, "language"),
    ],
)
def test_what_cannot_be_a_team_comes_back_as_it_was_typed(
    manager: FlaskClient, session: Session, words: dict[str, str], field: str
) -> None:
    create_team(session, name_ko="청소팀")
    given = {"name_en": "Cleaning", "language": "ko", **words}
    page = _post(manager, "/desk/teams", 422, **given)
    assert page.one("p", id=f"{field}-new-error").text
    assert page.one("input", id="name_en-new")["value"] == given["name_en"]
    assert len(list_teams(session)) == 1


def test_a_manager_keeps_rules_and_sees_what_they_would_do(
    manager: FlaskClient, session: Session
) -> None:
    team = create_team(session, name_ko="전기팀", name_en="Electricians")
    other = create_team(session, name_ko="청소팀", name_en="Cleaners")
    RequestFactory(category="electrical", location="101동 3층")
    RequestFactory(category="pest")
    _post(manager, "/desk/teams/rules", category="", place="로비", team=other.id)
    page = _post(manager, "/desk/teams/rules", category="electrical", place="101동", team=team.id)
    assert "1 of the last 2 requests" in page.text
    first, second = (rule.id for rule, _ in list_rules(session))
    _post(manager, f"/desk/teams/rules/{second}", do="up")
    _post(manager, f"/desk/teams/rules/{first}", category="pest", place="", team=other.id)
    session.expire_all()
    shown = [(rule.id, rule.category, rule.place) for rule, _ in list_rules(session)]
    assert shown == [(second, "electrical", "101동"), (first, "pest", "")]
    _post(manager, f"/desk/teams/rules/{second}", do="delete")
    assert len(list_rules(session)) == 1
    refused: list[tuple[dict[str, Any], str]] = [
        ({"team": 99999}, "team"),
        ({"category": "x", "team": team.id}, "category"),
    ]
    for wrong, field in refused:
        page = _post(manager, "/desk/teams/rules", 422, **wrong)
        assert page.one("p", id=f"{field}-new-error").text
    for do in ("up", "x"):
        answer = manager.post(
            "/desk/teams/rules/99999",
            data={"csrf_token": csrf(manager), "do": do, "team": team.id},
        )
        assert answer.status_code == 404


def test_operators_are_offered_teams_in_their_language(enter: Enter, session: Session) -> None:
    team = create_team(session, name_ko="전기팀", name_en="Electricians")
    row = RequestFactory(categorized=True)
    desk = enter(UserFactory(language="en"))
    assert desk.get("/desk/teams").status_code == 403
    page = read(desk.get(f"/desk/requests/{row.id}?lang=en"))
    assert "Electricians" in [one["value"] for one in page.all("option") if one.get("value")]
    edit = {"version": row.version, "seen_assignee": "", "assignee": "Electricians"}
    _post(desk, f"/desk/requests/{row.id}", **edit)
    session.refresh(row)
    assert row.assignee_team_id == team.id
    page = read(desk.get(f"/desk/requests/{row.id}"))
    assert page.one("input", id="assignee")["value"] == "Electricians"
    rows = read(desk.get("/desk?view=all"))
    assert "Electricians" in [one.text for one in rows.all("span", class_="row-assignee")]
    korean = read(desk.get("/desk?view=all&lang=ko"))
    assert "전기팀" in [one.text for one in korean.all("span", class_="row-assignee")]


def test_programs_list_teams_and_assign_to_them(
    client: FlaskClient, session: Session, log_in: Callable[..., Headers]
) -> None:
    user, row = UserFactory(name="이기사"), RequestFactory(categorized=True)
    team = create_team(session, name_ko="전기팀", address="a@b.example")
    set_members(session, team, [user.id])
    login = log_in(user)
    (shown,) = client.get("/api/teams", headers=login).get_json()
    members = [{"id": user.id, "username": user.username, "name": "이기사", "active": True}]
    assert shown == {
        "id": team.id,
        "name": "전기팀",
        "name_ko": "전기팀",
        "name_en": "",
        "address": "a@b.example",
        "language": "ko",
        "active": True,
        "members": members,
    }
    assert client.get("/api/teams?x=1", headers=login).status_code == 422
    given = {"assignee": f"team:{shown['id']}"}
    answer = client.patch(f"/api/requests/{row.id}", json=given, headers=login)
    assert answer.get_json()["assignee"] == "전기팀"
    for query in ("assignee=전기팀", f"assignee=team:{team.id}", "view=mine"):
        found = client.get(f"/api/requests?{query}", headers=login).get_json()
        assert [one["id"] for one in found] == [row.id], query
    assert client.get("/api/requests?assignee=me", headers=login).get_json() == []
    assert session.scalars(select(Team)).one().active


def test_a_form_from_before_a_renaming_takes_nothing_away(enter: Enter, session: Session) -> None:
    user = UserFactory(name="이기사", language="en")
    row = RequestFactory(categorized=True, assignee="이기사", assignee_user_id=user.id)
    desk = enter(user)
    seen = {"version": row.version, "seen_assignee": "이기사", "assignee": "이기사"}
    _post(desk, "/desk/profile", name="이소장", language="en")
    form = {"csrf_token": csrf(desk), **seen, "seen_status": "pending", "status": "in_progress"}
    assert desk.post(f"/desk/requests/{row.id}", data=form).status_code == 303
    session.refresh(row)
    assert (row.status, row.assignee, row.assignee_user_id) == ("in_progress", "이소장", user.id)
    wrong = {"version": row.version, "seen_assignee": "이소장", "assignee": "team:99999"}
    page = _post(desk, f"/desk/requests/{row.id}", 422, **wrong)
    assert "No active account or team" in page.text
