"""Taking requests in: a request is written once, with everything that has to follow from it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, select

from config.settings import get_settings
from models import wiring
from models.base import now
from models.binary import Bytes
from models.danger.rules import find_danger_reported
from models.errors import KeyReused
from models.ledger.run import StepState
from models.maintenance_request import MaintenanceRequest
from models.photo import PhotoState
from models.prepared import Prepared
from models.services.contacts import find_email
from models.services.photos import NewPhoto, append_part
from models.services.push_runs import is_push_on
from models.services.references import new_reference
from models.words import Category, Priority, Status

EVENT = "request_submitted"
NOTICE, RECEIPT, PHOTO = "notice_due", "receipt_due", "photo_added"
ALERT = "alert_due"
# A message waits for triage, which puts category and priority into it, but not longer than this
# (seconds). Triage calls it forward; where there is danger it waits for nothing.
MESSAGE_DELAY = 20.0


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody reports, already checked for length and characters."""

    description: str
    location: str = ""
    contact_info: str = ""
    requester_name: str = ""
    language: str = "ko"
    photos: tuple[NewPhoto, ...] = ()

    @property
    def has_large_photos(self) -> bool:
        """Whether it takes more than one statement to write, and so a transaction."""
        return any(photo.is_large for photo in self.photos)

    def content_hash(self) -> bytes:
        """SHA-256 over all that was said: tells a repeated call from a reused key."""
        words = [
            self.description,
            self.location,
            self.contact_info,
            self.requester_name,
            self.language,
            *(photo.sha256 for photo in self.photos),
        ]
        return hashlib.sha256(orjson.dumps(words)).digest()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request as it was the moment it was written: a repeated call is answered as the first was,
    whatever has happened to the request since. ``created_at`` is in UTC."""

    id: int
    reference: str
    description: str
    location: str
    contact_info: str
    requester_name: str
    language: str
    danger: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """``replayed`` is true if this key had been here before and nothing new was made."""

    request: Submitted
    replayed: bool = False


# What is written of each submission, by its type in PostgreSQL.
_COLUMNS = {
    "reference": "text",
    "description": "text",
    "location": "text",
    "contact_info": "text",
    "contact_email": "text",
    "requester_name": "text",
    "language": "text",
    "danger": "text",
    "submitted_on": "date",
    "created_at": "timestamptz",
    "idempotency_key": "text",
    "content_hash": "bytea",
    "submitted_by": "bigint",
}
_PHOTO_COLUMNS = {
    "part": "int",
    "content_type": "text",
    "size": "bigint",
    "sha256": "text",
}


def _recordset(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _statement(*, photos: str = "", photo_runs: str = "", photo_ids: str = "NULL") -> str:
    """SQL that writes a request and all that follows from it.

    One statement, because whoever reports a fault waits for it, and each round trip to the database
    costs more than the rows. $1 is the request as JSON, $2 its runs as JSON, $3 the call's id; with
    photos $4 is what is known of them as JSON, and $5 the first part of each.
    """
    return f"""
    WITH given AS (
        SELECT * FROM json_to_record($1) AS given ({_recordset(_COLUMNS)})
    ), causes AS (
        SELECT * FROM json_to_recordset($2) AS causes (event text, tasks json, delay float)
    ), submitted AS (
        INSERT INTO maintenance_requests (
            reference, description, location, contact_info, contact_email, requester_name,
            language, danger, submitted_on, created_at, updated_at,
            idempotency_key, content_hash, submitted_by,
            category, priority, status, assignee, unsure, version
        )
        SELECT
            reference, description, location, contact_info, contact_email, requester_name,
            language, danger, submitted_on, created_at, created_at,
            idempotency_key, content_hash, submitted_by,
            '{Category.PENDING}', '{Priority.PENDING}', '{Status.PENDING}', '', false, 1
        FROM given
        ON CONFLICT DO NOTHING RETURNING id
    ), entry AS (
        INSERT INTO timeline_entries (request_id, event, actor, data)
        SELECT id, '{EVENT}', '', '{{}}' FROM submitted
    ){photos}, run AS (
        INSERT INTO runs (event, subject_id, request_id)
        SELECT event, id, $3 FROM submitted CROSS JOIN causes {photo_runs}
        RETURNING id, event
    ), steps AS (
        INSERT INTO steps (run_id, position, task, state, due_at)
        SELECT run.id, task.position - 1, task.name,
            CASE WHEN task.position > 1 THEN '{StepState.BLOCKED}'
                WHEN causes.delay > 0 THEN '{StepState.RETRY}' ELSE '{StepState.READY}' END,
            now() + make_interval(secs => causes.delay)
        FROM run JOIN causes USING (event)
            CROSS JOIN json_array_elements_text(causes.tasks) WITH ORDINALITY AS task (name, position)
    )
    SELECT id, {photo_ids} FROM submitted
"""


_WITHOUT_PHOTOS = Prepared("submit_request", "json, json, text", _statement())
_WITH_PHOTOS = Prepared(
    "submit_request_with_photos",
    "json, json, text, json, bytea[]",
    _statement(
        photos=f""", photo AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('photos', 'id')) AS id, submitted.id AS request_id,
            given.*
        FROM submitted
            CROSS JOIN json_to_recordset($4) AS given ({_recordset(_PHOTO_COLUMNS)})
        ORDER BY given.part
    ), stored AS (
        INSERT INTO photos (id, request_id, state, content_type, size, sha256,
            renditions, rejected_because)
        SELECT id, request_id, '{PhotoState.PROCESSING}', content_type, size, sha256,
            '{{}}', ''
        FROM photo ORDER BY part
    ), original AS (
        INSERT INTO photo_originals (photo_id, part, content)
        SELECT photo.id, 0, first.content
        FROM photo JOIN unnest($5) WITH ORDINALITY AS first (content, part) USING (part)
    )""",
        photo_runs=f"""WHERE event <> '{PHOTO}'
        UNION ALL SELECT '{PHOTO}', id, $3 FROM photo""",
        photo_ids="(SELECT array_agg(id ORDER BY part) FROM photo)",
    ),
)


def submit_request(
    connection: Connection,
    submission: Submission,
    *,
    timezone: ZoneInfo,
    key: str | None = None,
    user_id: int | None = None,
    call_id: str = "",
) -> Receipt:
    """Write a request, its photos, its first timeline entry, and the runs that follow from it.

    ``connection`` is in autocommit; in a transaction where ``submission.has_large_photos``.
    ``key`` says which repeated calls are the same one, and belongs to one caller already (see
    ``web.http.idempotency``): of several equal calls at once one makes the request, and the others
    wait for it and answer it. ``call_id`` is the call's X-Request-ID.

    Raises:
        KeyReused: the key came with other content before.
    """
    while True:
        values = _values_of(submission, timezone=timezone, key=key, user_id=user_id)
        written = _write(connection, submission, values, call_id)
        if written is not None:
            return Receipt(Submitted(written, *(values[name] for name in _TOLD)))
        if key and (earlier := _find_by_key(connection, key)):
            if earlier.content_hash != values["content_hash"]:
                raise KeyReused(field="Idempotency-Key")
            return Receipt(Submitted(*earlier[:-1]), replayed=True)
        # Another request has this reference, which is random: try again with a new one.


_TOLD = Submitted.__slots__[1:]


def _values_of(
    submission: Submission, *, timezone: ZoneInfo, key: str | None, user_id: int | None
) -> dict[str, Any]:
    """What is written for ``submission``, by the names of ``_COLUMNS``."""
    moment = now()
    return {
        "reference": new_reference(),
        "description": submission.description,
        "location": submission.location,
        "contact_info": submission.contact_info,
        "contact_email": find_email(submission.contact_info),
        "requester_name": submission.requester_name,
        "language": submission.language,
        "danger": find_danger_reported(submission.description, submission.location) or "",
        "submitted_on": moment.astimezone(timezone).date(),
        "created_at": moment,
        "idempotency_key": key,
        "content_hash": submission.content_hash() if key else None,
        "submitted_by": user_id,
    }


def _write(
    connection: Connection, submission: Submission, values: dict[str, Any], call_id: str
) -> int | None:
    """The new request's id; None if its key or its reference is taken."""
    causes = list(_causes_of(values))
    if not submission.photos:
        row = _WITHOUT_PHOTOS.execute(
            connection, (_as_json(values), _as_json(causes), call_id)
        ).first()
        return row.id if row else None
    causes.append(_cause(PHOTO))
    photos = [photo.as_row(part) for part, photo in enumerate(submission.photos, start=1)]
    parts = [photo.parts() for photo in submission.photos]
    first = [Bytes(next(one)) for one in parts]
    given = (_as_json(values), _as_json(causes), call_id, _as_json(photos), first)
    row = _WITH_PHOTOS.execute(connection, given).first()
    if row is None:
        return None
    for photo_id, rest in zip(row[1], parts, strict=True):
        for number, part in enumerate(rest, start=1):
            append_part(connection, photo_id, number, part)
    return int(row.id)


def _causes_of(values: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """The runs that a new request starts: its triage, and each message in a run of its own, so that
    none waits for another."""
    delay = 0.0 if values["danger"] else MESSAGE_DELAY
    causes = [_cause(EVENT)]
    if get_settings().operator_mailboxes:
        causes.append(_cause(NOTICE, delay))
    if values["contact_email"]:
        causes.append(_cause(RECEIPT, delay))
    if values["danger"] and is_push_on():
        causes.append(_cause(ALERT))
    return causes


def _cause(event: str, delay: float = 0.0) -> dict[str, Any]:
    return {"event": event, "tasks": wiring.pipelines()[event], "delay": delay}


def _as_json(value: Any) -> str:
    return orjson.dumps(value, default=_as_bytea).decode()


def _as_bytea(value: bytes) -> str:
    """PostgreSQL's hex form."""
    return rf"\x{value.hex()}"


_ROW = MaintenanceRequest.__table__.c


def _find_by_key(connection: Connection, key: str) -> Any:
    columns = [_ROW[name] for name in (*Submitted.__slots__, "content_hash")]
    return connection.execute(select(*columns).where(_ROW.idempotency_key == key)).first()
