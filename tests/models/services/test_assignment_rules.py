"""Rules give work to teams: the first that fits, once, and never against a person."""

import re

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.ledger.run import Run
from models.maintenance_request import MaintenanceRequest
from models.ports import Triage
from models.services.assignment_rules import (
    add_rule,
    assign_by_rules,
    change_rule,
    delete_rule,
    list_rules,
    move_rule,
    pattern_of,
    try_rules,
)
from models.services.reversal import undo_change
from models.services.teams import create_team, set_active
from models.services.triage import record_results
from models.services.workflow import Changes, update_request
from models.team import Team
from models.timeline_entry import TimelineEntry
from models.words import Category
from tests.factories import RequestFactory, UserFactory


def _teams(session: Session) -> tuple[Team, Team, Team]:
    electric, water, tower = (
        create_team(session, name_ko=name) for name in ("전기팀", "배관팀", "101동 관리실")
    )
    add_rule(session, team_id=tower.id, category="plumbing", place="101동")
    add_rule(session, team_id=water.id, category="plumbing")
    add_rule(session, team_id=electric.id, category="electrical")
    return electric, water, tower


def _categorize(session: Session, row: MaintenanceRequest, category: str = "plumbing") -> None:
    answer = Triage(Category(category), "medium", 0.9, "", "ko", "test")
    record_results(session, {row.id: answer}, call_ids={row.id: "call-1"})
    session.refresh(row)


def _entries(session: Session, row: MaintenanceRequest) -> list[TimelineEntry]:
    found = select(TimelineEntry).where(
        TimelineEntry.request_id == row.id, TimelineEntry.event == "assignee_changed"
    )
    return list(session.scalars(found.order_by(TimelineEntry.id)))


@pytest.mark.parametrize(
    ("place", "location", "fits"),
    [
        ("101동", "101동 1203호", True),
        ("101동", "단지 101 동 앞", True),
        ("1동", "101동 1203호", False),
        ("101", "1012호", False),
        ("B1", "지하 ｂ1 주차장", True),
        ("Tower A", "tower a, 3F", True),
        ("(앞)", "101동(앞)", True),
        (".*", "101동", False),
        ("", "", True),
        ("101동", "", False),
    ],
)
def test_a_place_fits_however_it_was_typed(
    session: Session, place: str, location: str, fits: bool
) -> None:
    team = create_team(session, name_ko="팀")
    add_rule(session, team_id=team.id, category=None, place=place)
    row = RequestFactory(location=location, category="other")
    assert bool(assign_by_rules(session, [row.id])) is fits
    folded = re.sub(r"\s", "", location).lower().replace("ｂ", "b")
    assert bool(re.search(pattern_of(place), folded)) is fits


@pytest.mark.parametrize(
    ("location", "category", "team"),
    [
        ("101동 3층", "plumbing", "101동 관리실"),
        ("102동 3층", "plumbing", "배관팀"),
        ("101동 3층", "electrical", "전기팀"),
        ("101동 3층", "pest", ""),
    ],
)
def test_triage_gives_work_to_the_first_team_that_fits_once(
    session: Session, location: str, category: str, team: str
) -> None:
    _teams(session)
    row = RequestFactory(location=location)
    for _ in range(2):
        _categorize(session, row, category)
    assert row.assignee == team and (row.assignee_team_id is not None) == bool(team)
    entries = _entries(session, row)
    assert [(one.actor, one.data["became"], "rule" in one.data) for one in entries] == (
        [("", team, True)] if team else []
    )
    told = session.execute(
        select(Run.subject_id, Run.request_id).where(Run.event == "assignment_due")
    ).all()
    assert [tuple(run) for run in told] == [(one.id, "call-1") for one in entries]


def test_a_correction_gives_it_to_the_team_of_the_new_category(session: Session) -> None:
    electric, water, _ = _teams(session)
    row, user = RequestFactory(location="201동"), UserFactory()
    _categorize(session, row)
    assert row.assignee_team_id == water.id
    # The request's page sends what it shows.
    changes = Changes(category="electrical", assignee=row.assignee)
    update_request(session, row.id, changes, user=user, undo="u" * 32, expected_version=row.version)
    assert row.assignee_team_id == electric.id
    assert session.get_one(MaintenanceRequest, row.id).assignee == "전기팀"
    undo_change(session, "u" * 32, row.id, user=user)
    assert (row.category, row.assignee_team_id) == ("plumbing", water.id)
    # Taking back a change is no word about whose it is.
    update_request(session, row.id, Changes(category="electrical"), user=user)
    assert row.assignee_team_id == electric.id
    update_request(session, row.id, Changes(category="pest"), user=user)
    assert row.assignee_team_id == electric.id  # no rule: it stays


def test_who_confirms_an_unsure_category_decides_it_too(session: Session) -> None:
    row = RequestFactory(categorized=True, unsure=True)
    _, water, _ = _teams(session)
    update_request(session, row.id, Changes(category="plumbing"), user=UserFactory())
    assert row.assignee_team_id == water.id


@pytest.mark.parametrize("said", [["me"], ["외부 업체"], ["me", "none"], ["전기팀", "배관팀"]])
def test_no_rule_overrules_a_person(session: Session, said: list[str]) -> None:
    _teams(session)
    row, user = RequestFactory(location="201동"), UserFactory(name="박운영")
    for one in said:
        update_request(session, row.id, Changes(assignee=one), user=user)
    before = row.assignee
    _categorize(session, row, "electrical")
    update_request(session, row.id, Changes(category="plumbing"), user=user)
    assert row.assignee == before


def test_what_came_with_an_assignee_or_is_over_stays(session: Session) -> None:
    _teams(session)
    rows = [
        RequestFactory(assignee="외부 업체"),
        RequestFactory(completed=True, assignee=""),
        RequestFactory(),  # pending
    ]
    assert assign_by_rules(session, [row.id for row in rows]) == []


def test_closed_teams_get_nothing(session: Session) -> None:
    _, water, tower = _teams(session)
    set_active(session, tower, False)
    row = RequestFactory(location="101동")
    _categorize(session, row)
    assert row.assignee_team_id == water.id


def test_rules_have_an_order(session: Session) -> None:
    _, water, _ = _teams(session)
    first, second, third = (rule.id for rule, _ in list_rules(session))
    move_rule(session, third, up=True)
    move_rule(session, first, up=True)
    assert [rule.id for rule, _ in list_rules(session)] == [first, third, second]
    move_rule(session, first, up=False)
    change_rule(session, third, team_id=water.id, category=None, place="  B1 ")
    delete_rule(session, second)
    (rule, team), _ = list_rules(session)
    assert (rule.id, rule.category, rule.place, team.id) == (third, None, "B1", water.id)


def test_rules_are_tried_out_without_effect(session: Session) -> None:
    electric, _, tower = _teams(session)
    for category, location in [("electrical", ""), ("plumbing", "101동"), ("pest", ""), ("", "")]:
        RequestFactory(category=category or "pending", location=location, assignee="x")
    assert [one.team_id for one in try_rules(session)] == [None, None, tower.id, electric.id]
    assert session.scalar(select(func.count()).select_from(TimelineEntry)) == 0
