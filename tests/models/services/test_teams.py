"""Teams, who belongs to them, and that requests are theirs by id."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import InvalidInput, LostEdit
from models.ledger.run import Run
from models.ledger.steps import Claim
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import Filter, count_matching, count_views, list_requests
from models.services.accounts import change_profile
from models.services.assignee_names import rename_teams, rename_users
from models.services.assignees import list_assignees, wanted_assignees
from models.services.notices import write_answers, write_assignments
from models.services.reversal import UNDO_SECONDS, undo_change
from models.services.teams import (
    change_members,
    change_team,
    create_team,
    list_teams,
    set_active,
)
from models.services.workflow import Changes, update_request
from models.team import Team
from models.timeline_entry import TimelineEntry
from models.user import User
from models.views import View
from models.words import Language
from tests.factories import RequestFactory, RunFactory, UserFactory


def _electricians(session: Session, **words: str) -> Team:
    names = {"name_ko": "전기팀", "name_en": "Electricians", **words}
    return create_team(session, **names)


def _assign(session: Session, row: MaintenanceRequest, to: str, user: User, undo: str = "") -> None:
    update_request(session, row.id, Changes(assignee=to), user=user, undo=undo)


def _due(session: Session) -> list[Claim]:
    entries = session.scalars(
        select(Run.subject_id).where(Run.event == "assignment_due").order_by(Run.id)
    )
    runs = [RunFactory(subject_id=entry) for entry in entries.all()]
    return [Claim(run.id, 1, 1, 1, 0, run.event, run.subject_id, "call-1") for run in runs]


def _ids(session: Session, **wanted: object) -> list[int]:
    page = list_requests(session, Filter(**wanted))  # type: ignore[arg-type]
    assert page.total == len(page.rows) == count_matching(session, Filter(**wanted))  # type: ignore[arg-type]
    return [row.id for row in page.rows]


@pytest.mark.parametrize("given", ["전기팀", "electricians", "team:{id}"])
def test_a_team_is_assigned_by_each_of_its_names(session: Session, given: str) -> None:
    team, row, user = _electricians(session), RequestFactory(categorized=True), UserFactory()
    _assign(session, row, given.format(id=team.id), user)
    assert (row.assignee, row.assignee_team_id, row.assignee_user_id) == ("전기팀", team.id, None)
    version = row.version
    for same in ("전기팀", "Electricians"):
        _assign(session, row, same, user)
    assert row.version == version
    _assign(session, row, user.username, user)
    assert (row.assignee_team_id, row.assignee_user_id) == (None, user.id)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"name_ko": "전기팀"}, "name_ko"),
        ({"name_en": "ELECTRICIANS"}, "name_en"),
        ({"name_ko": "Electricians"}, "name_ko"),
        ({"name_ko": "kim@example.org"}, "name_ko"),
        ({"name_en": "None"}, "name_en"),
        ({"name_en": "team:4"}, "name_en"),
        ({"name_ko": "  "}, "name_ko"),
        ({"name_ko": "가\x07"}, "name_ko"),
        ({"name_ko": "가" * 201}, "name_ko"),
        ({"name_ko": "청소", "address": "nobody"}, "address"),
    ],
)
def test_a_name_means_one_team_and_nobody_else(
    session: Session, words: dict[str, str], field: str
) -> None:
    _electricians(session)
    UserFactory(username="kim@example.org")
    with pytest.raises(InvalidInput) as refused:
        create_team(session, **words)
    assert refused.value.field == field
    assert len(list_teams(session)) == 1


def test_requests_show_the_present_name(session: Session) -> None:
    team, user = _electricians(session), UserFactory(name="박운영")
    mine, theirs = RequestFactory(categorized=True), RequestFactory(categorized=True)
    free = RequestFactory(assignee="박운영")
    _assign(session, mine, "me", user)
    _assign(session, theirs, "전기팀", user)
    version = theirs.version
    change_profile(session, user, name="박소장", language=Language.KOREAN)
    change_team(session, team, name_ko="전기·통신", name_en="", address="", language="ko")
    for row in (mine, theirs, free):
        session.refresh(row)
    assert (mine.assignee, theirs.assignee, free.assignee) == ("박소장", "전기·통신", "박운영")
    assert theirs.version == version  # nobody's edit is lost by it
    events = session.scalars(select(Run.event)).all()
    assert {"user_renamed", "team_renamed"} <= set(events)


def test_a_rename_that_an_assignment_has_overtaken_is_made_up_for(session: Session) -> None:
    team, user = _electricians(session), UserFactory(name="박운영")
    late = [
        RequestFactory(assignee="옛 이름", assignee_user_id=user.id),
        RequestFactory(assignee="옛 이름", assignee_team_id=team.id),
    ]
    rename_users(session, [user.id])
    rename_teams(session, [team.id])
    for row in late:
        session.refresh(row)
    assert [row.assignee for row in late] == ["박운영", "전기팀"]


def test_a_new_team_takes_what_was_its_by_name(session: Session) -> None:
    free, other = RequestFactory(assignee="전기팀"), RequestFactory(assignee="외부")
    team = _electricians(session)
    session.refresh(free)
    session.refresh(other)
    assert (free.assignee_team_id, other.assignee_team_id) == (team.id, None)


def test_lists_find_a_user_a_team_a_free_name_and_nobody(session: Session) -> None:
    team = _electricians(session)
    user = UserFactory(name="박운영", username="park@example.org")
    rows = {
        "mine": RequestFactory(assignee="박운영", assignee_user_id=user.id).id,
        "team": RequestFactory(assignee="전기팀", assignee_team_id=team.id).id,
        "free": RequestFactory(assignee="외부 업체").id,
        "none": RequestFactory().id,
    }
    for given, found in [
        (["me"], "mine"),
        (["박운영"], "mine"),
        (["PARK@example.org"], "mine"),
        (["전기팀"], "team"),
        (["ELECTRICIANS"], "team"),
        ([f"team:{team.id}"], "team"),
        (["외부 업체"], "free"),
        (["none"], "none"),
        (["none", "me"], "none mine"),
        (["외부 업체", "Electricians"], "free team"),
        (["nobody@example.org"], ""),
    ]:
        wanted = wanted_assignees(given, user)
        expected = {rows[name] for name in found.split()}
        assert {*_ids(session, **wanted)} == expected, given
        assert {*_ids(session, **wanted, q="물이")} == expected, given


def test_mine_are_also_those_of_my_teams_and_me_is_me_alone(session: Session) -> None:
    team, user = _electricians(session), UserFactory()
    mine = RequestFactory(assignee="박운영", assignee_user_id=user.id).id
    ours = RequestFactory(assignee="전기팀", assignee_team_id=team.id).id
    RequestFactory(assignee="다른 팀")
    RequestFactory()
    assert _ids(session, view=View.MINE, mine=user.id) == [mine]
    change_members(session, team, add=[user.username])
    assert _ids(session, view=View.MINE, mine=user.id) == [ours, mine]
    counts = count_views(session, user.id)
    assert (counts[View.MINE], counts[View.UNASSIGNED]) == (2, 1)
    assert _ids(session, **wanted_assignees(["me"], user)) == [mine]
    change_members(session, team, remove=[user.username])
    assert count_views(session, user.id)[View.MINE] == 1


def _team_of_three(session: Session) -> tuple[Team, User]:
    team = _electricians(session, address="office@contractor.example")
    people = [
        UserFactory(username="lee@example.org", name="이기사", language="en"),
        UserFactory(username="no-mail", name="최기사"),
        UserFactory(username="gone@example.org", name="김퇴직", disabled=True),
        UserFactory(username="me@example.org", name="박운영"),
    ]
    change_members(session, team, add=[user.username for user in people])
    return team, people[-1]


def test_each_of_a_team_is_told_by_a_message_of_its_own(session: Session) -> None:
    _, user = _team_of_three(session)
    row = RequestFactory(categorized=True)
    _assign(session, row, "전기팀", user)
    (claim,) = _due(session)
    first = write_assignments(session, [claim])[claim.run_id].outgoing
    queued = session.scalars(select(Run.subject_id).where(Run.event == "mail_queued")).all()
    assert first.recipient == "lee@example.org"  # and not who has assigned it
    assert "Electricians" in first.subject and "/desk/requests/" in first.text
    assert first.reply_to == row.contact_email
    assert len(queued) == 1
    from models.mail import Mail

    other = session.get_one(Mail, queued[0])
    assert (other.recipient, other.reply_to) == ("office@contractor.example", "")
    assert "전기팀" in other.subject and "/desk/" not in other.text
    assert row.contact_email not in other.text and row.requester_name not in other.text
    assert write_assignments(session, [claim])[claim.run_id].outgoing == first
    again = session.scalars(select(Run.subject_id).where(Run.event == "mail_queued")).all()
    assert len(again) == 1


def test_an_answer_goes_to_all_of_the_team(session: Session) -> None:
    team, _ = _team_of_three(session)
    row = RequestFactory(assignee="전기팀", assignee_team_id=team.id)
    entry = TimelineEntry(request_id=row.id, event="requester_replied", data={"text": "6시 뒤에"})
    session.add(entry)
    session.flush()
    run = RunFactory(subject_id=entry.id)
    claim = Claim(run.id, 0, 1, 1, 0, run.event, entry.id, "call-1")
    assert write_answers(session, [claim])[run.id].outgoing.recipient == "lee@example.org"
    queued = session.scalars(select(Run.subject_id).where(Run.event == "mail_queued")).all()
    assert len(queued) == 2


def test_a_closed_team_is_neither_offered_nor_told(session: Session) -> None:
    team, user = _team_of_three(session)
    row = RequestFactory(categorized=True)
    _assign(session, row, "전기팀", user)
    assert "전기팀" in list_assignees(session, user)
    set_active(session, team, False)
    (claim,) = _due(session)
    assert write_assignments(session, [claim]) == {}
    assert "전기팀" not in list_assignees(session, user)
    other = RequestFactory(categorized=True)
    _assign(session, other, "전기팀", user)
    assert (other.assignee, other.assignee_team_id) == ("전기팀", None)
    _assign(session, row, "전기팀", user)  # as a form sends it back
    assert row.assignee_team_id == team.id


def _undo(session: Session, row: MaintenanceRequest, user: User, team: Team) -> None:
    undo_change(session, "u" * 32, row.id, user=user)


def _rename_and_undo(session: Session, row: MaintenanceRequest, user: User, team: Team) -> None:
    change_team(session, team, name_ko="전기·통신", name_en="", address="", language="ko")
    undo_change(session, "u" * 32, row.id, user=user)


@pytest.mark.parametrize(
    ("take_back", "name"), [(_undo, "전기팀"), (_rename_and_undo, "전기·통신")]
)
def test_what_can_be_undone_is_told_later_and_what_is_undone_is_not(
    session: Session, take_back: Callable[..., None], name: str
) -> None:
    team, user = _team_of_three(session)
    UserFactory(username="choi@example.org", name="최기사2")
    row = RequestFactory(categorized=True)
    _assign(session, row, "전기팀", user)
    _assign(session, row, "최기사2", user, undo="u" * 32)
    from models.ledger.run import Step

    due = select(Run.event, Step.state, Step.due_at - Run.created_at).join(
        Run, Run.id == Step.run_id
    )
    steps = session.execute(due.where(Run.event == "assignment_due").order_by(Run.id)).all()
    assert [state for _, state, _ in steps] == ["ready", "retry"]
    assert steps[1][2].total_seconds() >= UNDO_SECONDS
    take_back(session, row, user, team)
    session.refresh(row)
    assert (row.assignee, row.assignee_team_id, row.assignee_user_id) == (name, team.id, None)
    first, second = _due(session)
    assert write_assignments(session, [second]) == {}
    assert first.run_id in write_assignments(session, [first])  # it still holds


def test_a_lost_edit_of_a_team(session: Session) -> None:
    team = _electricians(session)
    with pytest.raises(LostEdit):
        change_team(session, team, name_ko="가", name_en="", address="", language="ko", version=9)
