"""FastAPI that awaits the AI inside the request and stores the report with the answer, then 201."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import FastAPI, Request
from openai import AsyncOpenAI
from pydantic import BaseModel, Field

from bench.rivals.triage_prompt import MODEL, PROMPT, TIMEOUT

_INSERT = """
    INSERT INTO inline_requests (description, location, contact_info, category, priority)
    VALUES ($1, $2, $3, $4, $5) RETURNING id
"""


class Submission(BaseModel):
    description: Annotated[str, Field(min_length=1, max_length=4000)]
    location: Annotated[str, Field(max_length=200)] = ""
    contact_info: Annotated[str, Field(max_length=200)] = ""


class Accepted(BaseModel):
    id: int
    category: str


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["WEB_THREADS"])  # as many connections as the threads of the others
    async with (
        asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=size, max_size=size) as pool,
        AsyncOpenAI(max_retries=0, timeout=TIMEOUT) as ai,
    ):
        application.state.pool, application.state.ai = pool, ai
        yield


app = FastAPI(lifespan=lifespan)


async def _triage(ai: AsyncOpenAI, description: str) -> dict[str, str]:
    completion = await ai.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": PROMPT},
            {"role": "user", "content": description},
        ],
        response_format={"type": "json_object"},
    )
    verdict: dict[str, str] = json.loads(completion.choices[0].message.content or "{}")
    return verdict


@app.post("/api/requests", status_code=201)
async def submit(submission: Submission, request: Request) -> Accepted:
    state = request.app.state
    verdict = await _triage(state.ai, submission.description)
    number = await state.pool.fetchval(
        _INSERT,
        submission.description,
        submission.location,
        submission.contact_info,
        verdict["category"],
        verdict["priority"],
    )
    return Accepted(id=number, category=verdict["category"])
