"""FastAPI and asyncpg under uvicorn. Neither has idempotency, limits, a log or metrics."""

import json
import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import FastAPI, Request
from openai import AsyncOpenAI
from pydantic import BaseModel, Field

from bench.rivals import MODEL, PROMPT, TIMEOUT

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
_REPORT = """
    INSERT INTO reports (description, location, contact_info, category, priority)
    VALUES ($1, $2, $3, $4, $5) RETURNING id
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
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    url = os.environ["DATABASE_URL"]
    async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        application.state.pool = pool
        yield


intake, inline = FastAPI(lifespan=lifespan), FastAPI(lifespan=lifespan)


@intake.post("/api/requests", status_code=201)
async def submit(submission: Submission, request: Request) -> Accepted:
    """Writes what Haja writes, in one transaction over the same tables."""
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


@inline.post("/api/requests", status_code=201)
async def submit_with_ai(submission: Submission, request: Request) -> Accepted:
    """Awaits the AI inside the request and stores its answer with the report."""
    completion = await _ai().chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": PROMPT},
            {"role": "user", "content": submission.description},
        ],
        response_format={"type": "json_object"},
    )
    found = json.loads(completion.choices[0].message.content or "{}")
    said = (submission.description, submission.location, submission.contact_info)
    values = (*said, found["category"], found["priority"])
    number = await request.app.state.pool.fetchval(_REPORT, *values)
    return Accepted(id=number, created_at=datetime.now(UTC), **submission.model_dump())


@lru_cache(maxsize=1)
def _ai() -> AsyncOpenAI:
    return AsyncOpenAI(max_retries=0, timeout=TIMEOUT)
