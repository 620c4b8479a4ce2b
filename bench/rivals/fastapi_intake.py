"""FastAPI and asyncpg under uvicorn: what Haja writes, in one transaction over the same tables, but
without idempotency, limits, a log or metrics."""

import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

CONNECTIONS = 32  # as many as the threads of the others
_ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ZONE = ZoneInfo("Asia/Seoul")
_REQUEST = """
    INSERT INTO maintenance_requests (
        reference, description, location, contact_info, contact_email, requester_name, language,
        category, priority, status, assignee, danger, unsure, submitted_on, created_at, updated_at,
        version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 'pending', 'pending', '', '', false, $8, $9, $9, 1)
    RETURNING id
"""
_ENTRY = """
    INSERT INTO timeline_entries (request_id, event, actor, data, created_at)
    VALUES ($1, 'request_submitted', '', '{}', $2)
"""
_RUNS = """
    INSERT INTO runs (event, subject_id, request_id, created_at)
    VALUES ('request_submitted', $1, '', $2), ('receipt_due', $1, '', $2) RETURNING id
"""
_STEPS = """
    INSERT INTO steps (run_id, position, task, state, due_at) VALUES
        ($1, 0, 'triage.categorize_request', 'ready', $3),
        ($1, 1, 'stats.refresh_statistics', 'blocked', $3),
        ($2, 0, 'mail.send_receipt', 'retry', $3 + interval '20 s')
"""


class Submission(BaseModel):
    description: Annotated[str, Field(min_length=1, max_length=4000)]
    location: Annotated[str, Field(max_length=200)] = ""
    contact_info: Annotated[str, Field(max_length=200)] = ""
    requester_name: Annotated[str, Field(max_length=200)] = ""
    language: str = "ko"


class Accepted(Submission):
    id: int
    reference: str = ""
    category: str = "pending"
    priority: str = "pending"
    status: str = "pending"
    created_at: datetime


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    url = os.environ["DATABASE_URL"]
    async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        app.state.pool = pool
        yield


application = FastAPI(lifespan=lifespan)


@application.post("/api/requests", status_code=201)
async def submit(submission: Submission, request: Request) -> Accepted:
    moment = datetime.now(UTC)
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    reference = f"{letters[:4]}-{letters[4:]}"
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        number = await _write(connection, submission, reference, moment)
    return Accepted(id=number, reference=reference, created_at=moment, **submission.model_dump())


async def _write(connection: Any, submission: Submission, reference: str, moment: datetime) -> int:
    found = _ADDRESS.search(submission.contact_info)
    number: int = await connection.fetchval(
        _REQUEST,
        reference,
        submission.description,
        submission.location,
        submission.contact_info,
        found.group() if found else "",
        submission.requester_name,
        submission.language,
        moment.astimezone(_ZONE).date(),
        moment,
    )
    await connection.execute(_ENTRY, number, moment)
    runs = await connection.fetch(_RUNS, number, moment)
    await connection.execute(_STEPS, *(row["id"] for row in runs), moment)
    return number
