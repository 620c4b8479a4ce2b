"""A house with one request of each kind, and the address of every page that it has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, url_for
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.maintenance_request import MaintenanceRequest
from models.services.account_links import invite
from models.services.assignment_rules import add_rule
from models.services.links import sign_reference
from models.services.teams import create_team, set_members
from models.services.workflow import Changes, update_request
from models.user import User
from models.words import Category, Language, Priority, Role, Status
from tests.factories import PhotoFactory, RequestFactory, TriageResultFactory, UserFactory

SAID = {
    "ko": {"description": "천장에서 물이 새요", "location": "본관 이층", "name": "박운영"},
    "en": {"description": "Water drips from the ceiling", "location": "Main", "name": "Robin"},
}


@dataclass
class House:
    """One request of each kind, and somebody who may open every page."""

    user: User
    rows: Sequence[MaintenanceRequest]


def furnish(session: Session, language: str) -> House:
    """The house, whose people write this language. Commits."""
    said = SAID[language]
    texts = {name: said[name] for name in ("description", "location")}
    more = {**texts, "language": language, "requester_name": said["name"]}
    user = UserFactory(role=Role.ADMIN, name=said["name"])
    now = datetime.now(UTC)
    rows = [
        RequestFactory(**more, created_at=now - timedelta(days=3)),
        RequestFactory(**more, completed=True, created_at=now - timedelta(days=40)),
        *(
            RequestFactory(**more, categorized=True, status=status)
            for status in (Status.IN_PROGRESS, Status.ON_HOLD, Status.CANCELLED)
        ),
        RequestFactory(**more, priority=Priority.URGENT, category=Category.STRUCTURAL),
        # Its requester's link has expired.
        RequestFactory(**more, completed=True, created_at=now - timedelta(days=400)),
        # This one's was revoked.
        RequestFactory(**more, link_version=1),
    ]
    session.add(PhotoFactory.build(request_id=rows[0].id, ready=True))
    session.add(PhotoFactory.build(request_id=rows[0].id, rejected=True))
    said_by, reads = said["name"], Language(language)
    invite(session, "guest@example.org", role=Role.OPERATOR, language=reads, invited_by=said_by)
    TriageResultFactory(request_id=rows[2].id, reason=said["description"], language=language)
    name = {"ko": "전기팀", "en": "Electricians"}[language]
    team = create_team(session, **{f"name_{language}": name})
    set_members(session, team, [user.id])
    add_rule(session, team_id=team.id, category=Category.ELECTRICAL, place=said["location"])
    session.commit()
    for changes in (
        Changes(category=Category.ELECTRICAL, priority=Priority.HIGH, note=said["description"]),
        Changes(status=Status.IN_PROGRESS, assignee=said["name"]),
        Changes(reply=said["description"], question=True),
    ):
        update_request(session, rows[0].id, changes, user=user)
        session.commit()
    return House(user, rows)


def addresses(app: Flask, house: House) -> Iterator[str]:
    """Each GET route with a request of each kind in its place; pages are told by their answers."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        if not rule.arguments:
            yield rule.rule
            continue
        for row in house.rows:
            values: dict[str, Any] = {
                "request_id": row.id,
                "reference": row.reference,
            }
            if rule.arguments <= set(values):
                given = {name: values[name] for name in rule.arguments}
                if "reference" in given:
                    given["token"] = sign_reference(get_settings(), row.reference)
                with app.test_request_context():
                    yield url_for(rule.endpoint, **given)
