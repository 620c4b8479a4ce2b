"""Rules that give a request to a team once its category is decided. They never overrule a person."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from models.arrays import as_array
from models.assignee_key import TEAM, assignee_key
from models.assignment_rule import AssignmentRule
from models.errors import InvalidInput, NotFound
from models.ledger.events import record_events
from models.maintenance_request import folded_place
from models.services.assignees import Assignee
from models.services.push_runs import queue_assignment
from models.services.reversal import UNDONE
from models.team import Team
from models.timeline_entry import ASSIGNED, RULE
from models.views import View, condition_of
from models.words import Category

MOST = 200
MOST_PLACE = 200  # characters
TRIED = 200  # of the newest requests, where rules are tried out
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('assignment_rules'))")

# The first rule that fits the request ``r``, as ``rule``.
_FITTING = f"""
    CROSS JOIN LATERAL (
        SELECT a.id, a.team_id, coalesce(nullif(t.name_ko, ''), t.name_en) AS name
        FROM assignment_rules a JOIN teams t ON t.id = a.team_id AND t.active
        WHERE (a.category IS NULL OR a.category = r.category)
            AND (a.pattern = '' OR {folded_place("r.location")} ~ a.pattern)
        ORDER BY a.position, a.id LIMIT 1
    ) AS rule
"""
# Nobody has it, or an earlier rule has said whose it is; and no person has said anything about that.
_UNTOUCHED = f"""
    (r.assignee = '' OR EXISTS (SELECT FROM timeline_entries e WHERE e.request_id = r.id
        AND e.event = 'assignee_changed' AND e.data ? '{RULE}'
        AND e.data ->> '{ASSIGNED}' = {assignee_key("r")}))
    AND NOT EXISTS (SELECT FROM timeline_entries e WHERE e.request_id = r.id
        AND e.event = 'assignee_changed' AND NOT e.data ? '{RULE}' AND NOT e.data ? '{UNDONE}')
"""
# The caller has locked the requests.
_ASSIGN = text(f"""
    WITH fitting AS (
        SELECT r.id, r.assignee AS was, rule.id AS rule_id, rule.team_id, rule.name
        FROM maintenance_requests r {_FITTING}
        WHERE r.id = ANY(CAST(:ids AS bigint[])) AND r.category <> '{Category.PENDING}'
            AND {condition_of(View.OPEN, "r")} AND {_UNTOUCHED}
            AND {assignee_key("r")} <> '{TEAM}' || rule.team_id
    ), assigned AS (
        UPDATE maintenance_requests r SET assignee = f.name, assignee_team_id = f.team_id,
            assignee_user_id = NULL, updated_at = clock_timestamp(), version = r.version + 1
        FROM fitting f WHERE r.id = f.id
        RETURNING r.id, f.was, f.name, f.rule_id, f.team_id
    )
    INSERT INTO timeline_entries (request_id, event, actor, data)
    SELECT id, 'assignee_changed', '', jsonb_build_object('was', was, 'became', name,
        '{RULE}', rule_id, '{ASSIGNED}', '{TEAM}' || team_id)
    FROM assigned ORDER BY id RETURNING id, request_id, data ->> 'became' AS name,
        (SELECT team_id FROM assigned a WHERE a.id = request_id) AS team_id
""")
_TRY = text(f"""
    SELECT r.id, r.reference, left(r.description, 200) AS description, r.location, r.category,
        r.language, r.created_at, rule.id AS rule_id, rule.team_id
    FROM (SELECT * FROM maintenance_requests ORDER BY created_at DESC, id DESC LIMIT {TRIED}) r
    LEFT {_FITTING.strip().removeprefix("CROSS ")} ON r.category <> '{Category.PENDING}'
    ORDER BY r.created_at DESC, r.id DESC
""")


class Tried(NamedTuple):
    """A request, and the rule and team that it would have; None where no rule fits."""

    id: int
    reference: str
    description: str
    location: str
    category: str
    language: str
    created_at: datetime
    rule_id: int | None
    team_id: int | None


def assign_by_rules(
    session: Session,
    request_ids: Sequence[int],
    *,
    call_ids: Mapping[int, str] | None = None,
    delay: float = 0,
) -> list[int]:
    """Give each of these requests, which the caller has locked, to the team of the first rule that
    fits; returns those that were given. Who has it by a rule already may change, where the category
    has; what is closed, or what a person has assigned or freed, stays as it is. Safe to repeat.

    The team hears of it after ``delay`` (as in ``record_events``).
    """
    found = session.execute(_ASSIGN, {"ids": as_array(request_ids)}).all()
    calls = [(call_ids or {}).get(row.request_id, "") for row in found]
    entries = [row.id for row in found]
    record_events(session, "assignment_due", entries, request_ids=calls, delay=delay)
    for row, call_id in zip(found, calls, strict=True):
        team = Assignee(row.name, team_id=row.team_id)
        queue_assignment(session, row.id, team, call_id=call_id, delay=delay)
    return [row.request_id for row in found]


def try_rules(session: Session) -> Sequence[Tried]:
    """Which of the newest requests would go where, whoever has them now; changes nothing."""
    return [Tried(*row) for row in session.execute(_TRY)]


def list_rules(session: Session) -> Sequence[tuple[AssignmentRule, Team]]:
    """In their order."""
    found = (
        select(AssignmentRule, Team)
        .join(Team, Team.id == AssignmentRule.team_id)
        .order_by(AssignmentRule.position, AssignmentRule.id)
    )
    return [(rule, team) for rule, team in session.execute(found)]


def add_rule(
    session: Session, *, team_id: int, category: str | None, place: str = ""
) -> AssignmentRule:
    """A rule after all others.

    Raises:
        InvalidInput: the team is unknown or closed, or there are too many rules.
    """
    session.execute(_LOCK)
    if (session.scalar(select(func.count()).select_from(AssignmentRule)) or 0) >= MOST:
        raise InvalidInput("too_many_rules", field="team")
    last = session.scalar(select(func.max(AssignmentRule.position))) or 0
    rule = AssignmentRule(position=last + 1)
    _describe(session, rule, team_id, category, place)
    session.add(rule)
    session.flush()
    return rule


def change_rule(
    session: Session, rule_id: int, *, team_id: int, category: str | None, place: str = ""
) -> None:
    """Raises NotFound, and InvalidInput as ``add_rule``."""
    _describe(session, _get_rule(session, rule_id), team_id, category, place)
    session.flush()


def move_rule(session: Session, rule_id: int, *, up: bool) -> None:
    """Let a rule and its neighbour change places.

    Raises:
        NotFound
    """
    rule = _get_rule(session, rule_id)
    rules = [one for one, _ in list_rules(session)]
    here = rules.index(rule)
    there = max(0, here - 1) if up else min(len(rules) - 1, here + 1)
    rules[here], rules[there] = rules[there], rules[here]
    for position, one in enumerate(rules, 1):
        one.position = position
    session.flush()


def delete_rule(session: Session, rule_id: int) -> None:
    """Harmless if it is gone."""
    session.execute(delete(AssignmentRule).where(AssignmentRule.id == rule_id))


def pattern_of(place: str) -> str:
    """A regular expression for the places that contain ``place``, as PostgreSQL and Python read it
    alike: blanks, case and width do not count, and ``1동`` is no part of ``101동``."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", place)).lower()
    if not folded:
        return ""
    before = "(^|[^0-9])" if folded[0] in "0123456789" else ""
    after = "($|[^0-9])" if folded[-1] in "0123456789" else ""
    return f"{before}{re.escape(folded)}{after}"


def _get_rule(session: Session, rule_id: int) -> AssignmentRule:
    session.execute(_LOCK)
    rule = session.get(AssignmentRule, rule_id)
    if rule is None:
        raise NotFound
    return rule


def _describe(
    session: Session, rule: AssignmentRule, team_id: int, category: str | None, place: str
) -> None:
    with session.no_autoflush:
        team = session.get(Team, team_id)
    if team is None or not (team.active or rule.team_id == team_id):
        raise InvalidInput("unknown_team", field="team")
    rule.team_id = team_id
    rule.category = Category(category) if category else None
    rule.place = " ".join(place.split())
    rule.pattern = pattern_of(place)
