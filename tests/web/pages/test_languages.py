"""Every page of the map of routes speaks the caller's language alone, also where it is rarely read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.maintenance_request import MaintenanceRequest
from models.services.links import sign_reference
from models.services.workflow import Changes, update_request
from models.user import User
from models.words import Category, Priority, Role, Status
from tests.factories import (
    PASSWORD,
    PhotoFactory,
    RequestFactory,
    TriageResultFactory,
    UserFactory,
)

HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]+")
LATIN = re.compile(r"[A-Za-z][A-Za-z-]+")
# A particle that leaves the choice to the reader.
UNDECIDED = re.compile(
    r"\(으\)로|\(이\)|\(가\)|\(은\)|\(는\)|\(을\)|\(를\)|을/를|이/가|은/는|와/과"
)
# Names, units and formats that Korean writes in Latin letters.
LATIN_IN_KOREAN = frozenset(
    [
        "haja",
        "ai",
        "api",
        "csv",
        "pdf",
        "jpeg",
        "jpg",
        "png",
        "webp",
        "heic",
        "heif",
        "gif",
        "avif",
        "json",
        "openapi",
        "flower",
        "celery",
        "redis",
        "postgresql",
        "id",
        "qr",
        "url",
        "mb",
        "kb",
        "gb",
        "english",
        "smtp",
        "xlsx",
        "excel",
        "ctrl",
        "esc",
        "enter",
        "shift",
        "tab",
        "javascript",
        "http",
        "rfc",
        "type",
        "content-type",
        "content-length",
        "idempotency-key",
    ]
)
SPOKEN_ATTRIBUTES = ("alt", "title", "placeholder", "aria-label", "aria-description", "summary")
SAID = {
    "ko": {"description": "천장에서 물이 새요", "location": "본관 이층", "name": "박운영"},
    "en": {"description": "Water drips from the ceiling", "location": "Main", "name": "Robin"},
}


@dataclass
class Spoken(HTMLParser):
    """What a page says: each text with the language that its element is marked with."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    _open: list[tuple[str, str]] = field(default_factory=list)

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts, self._open = [], []
        self.feed(html)

    def _language(self) -> str:
        return self._open[-1][1] if self._open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang") or self._language()
        spoken = [given[name] for name in SPOKEN_ATTRIBUTES if name in given]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            spoken.append(given.get("value", ""))
        if tag == "meta" and given.get("name") == "description":
            spoken.append(given.get("content", ""))
        self.texts += [(text, language) for text in spoken]
        if tag not in ("input", "img", "meta", "link", "br", "hr", "source", "wbr", "col"):
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = self._open[-1][0] if self._open else ""
        if inside not in ("script", "style", "code", "kbd") and data.strip():
            self.texts.append((" ".join(data.split()), self._language()))


def _foreign(page: Spoken, language: str) -> list[str]:
    """What is said in the other language without being marked as such."""
    other = "en" if language == "ko" else "ko"
    return [text for text, marked in page.texts if marked != other and _strays(text, language)]


def _strays(text: str, language: str) -> bool:
    if language == "en":
        return HANGUL.search(text) is not None
    words = re.sub(
        r"'[^']*'|[A-Z0-9]{4}-[A-Z0-9]{4}|\S+@\S+|https?://\S+|/\S+|[\w.-]*\d[\w.-]*|\w+_\w+",
        " ",
        text,
    )
    return bool({word.lower() for word in LATIN.findall(words)} - LATIN_IN_KOREAN)


@dataclass
class House:
    """One request of each kind, and somebody who may open every page."""

    user: User
    rows: Sequence[MaintenanceRequest]


def _house(session: Session, language: str) -> House:
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
    ]
    session.add(PhotoFactory.build(request_id=rows[0].id, ready=True))
    session.add(PhotoFactory.build(request_id=rows[0].id, rejected=True))
    TriageResultFactory(request_id=rows[2].id, reason=said["description"], language=language)
    session.commit()
    for changes in (
        Changes(category=Category.ELECTRICAL, priority=Priority.HIGH, note=said["description"]),
        Changes(status=Status.IN_PROGRESS, assignee=said["name"]),
        Changes(reply=said["description"], question=True),
    ):
        update_request(session, rows[0].id, changes, user=user)
        session.commit()
    return House(user, rows)


def _addresses(app: Flask, house: House) -> Iterator[str]:
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


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_page_says_a_word_of_the_other_language(
    app: Flask, browser: FlaskClient, session: Session, language: str
) -> None:
    house = _house(session, language)
    browser.set_cookie("haja_language", language)
    wrong: dict[str, list[str]] = {}
    seen: set[str] = set()

    def read(address: str) -> None:
        answer = browser.get(address)
        if answer.mimetype != "text/html" or answer.status_code in (301, 302, 303):
            return
        seen.add(address)
        page = Spoken(answer.text)
        said = _foreign(page, language)
        said += [text for text, _ in page.texts if UNDECIDED.search(text)]
        if said:
            wrong[f"{answer.status_code} {address}"] = said

    for address in ("/", "/login", "/nowhere", "/r/x?token=x", f"/r/{house.rows[0].reference}"):
        read(address)
    browser.post("/login", data={"username": house.user.username, "password": PASSWORD})
    for address in _addresses(app, house):
        read(address)
    for address in ("/desk?view=all", "/desk?status=x", "/desk?q=a&view=open", "/nowhere"):
        read(address)
    assert len(seen) > 20, sorted(seen)
    assert not wrong, "\n".join(
        f"{address}: {sorted(set(said))}" for address, said in wrong.items()
    )
