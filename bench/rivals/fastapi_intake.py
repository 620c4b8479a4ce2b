"""FastAPI and asyncpg writing what Haja writes, in one transaction over the same tables.

Checks the same fields with pydantic and answers the request as JSON; has neither idempotency nor
limits, neither log nor metrics.
"""

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

_LETTERS = "34679ACDEFGHJKMNPQRTWXY"
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SEOUL = ZoneInfo("Asia/Seoul")
_TASKS = [
    "triage.categorize_request",
    "stats.refresh_statistics",
    "mail.send_receipt",
    "mail.notify_operators",
]

_REQUEST = """
    INSERT INTO maintenance_requests (
        reference, description, location, contact_info, contact_email, requester_name, language,
        category, priority, status, assignee, danger, submitted_on, created_at, updated_at, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 'pending', 'pending', '', '', $8, $9, $9, 1)
    RETURNING id
"""
_ENTRY = """
    INSERT INTO timeline_entries (request_id, event, actor, data, created_at)
    VALUES ($1, 'request_submitted', '', '{}', $2)
"""
_RUN = """
    INSERT INTO runs (event, subject_id, request_id, created_at)
    VALUES ('request_submitted', $1, '', $2) RETURNING id
"""
_STEPS = """
    INSERT INTO steps (run_id, position, task, state)
    SELECT $1, number - 1, task, CASE number WHEN 1 THEN 'ready' ELSE 'blocked' END
    FROM unnest($2::text[]) WITH ORDINALITY AS todo (task, number)
"""


class Submission(BaseModel):
    description: Annotated[str, Field(min_length=1, max_length=4000)]
    location: Annotated[str, Field(max_length=200)] = ""
    contact_info: Annotated[str, Field(max_length=200)] = ""
    requester_name: Annotated[str, Field(max_length=200)] = ""
    language: str = "ko"


class Accepted(Submission):
    id: int
    reference: str
    category: str = "pending"
    priority: str = "pending"
    status: str = "pending"
    created_at: datetime
    updated_at: datetime


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["WEB_THREADS"])  # as many connections as the threads of the others
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=size, max_size=size
    ) as pool:
        application.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/api/requests", status_code=201)
async def submit(submission: Submission, request: Request) -> Accepted:
    moment = datetime.now(UTC)
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    reference = f"{letters[:4]}-{letters[4:]}"
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        number = await _write(connection, submission, reference, moment)
    return Accepted(
        id=number,
        reference=reference,
        created_at=moment,
        updated_at=moment,
        **submission.model_dump(),
    )


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
        moment.astimezone(_SEOUL).date(),
        moment,
    )
    await connection.execute(_ENTRY, number, moment)
    run: int = await connection.fetchval(_RUN, number, moment)
    await connection.execute(_STEPS, run, _TASKS)
    return number
