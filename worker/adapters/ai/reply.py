"""Parsing the AI's answer, by a strict schema or from plain text."""

import json
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from models.ports import PermanentError

_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
MAX_ANSWER = 20_000  # characters; an answer is a few hundred
MAX_REASON = 300
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class AIReply(BaseModel):
    """The AI's answer about one request."""

    model_config = ConfigDict(extra="forbid")

    category: Literal[
        "electrical",
        "plumbing",
        "hvac",
        "structural",
        "elevator",
        "security",
        "fire_safety",
        "appliance",
        "pest",
        "cleaning",
        "other",
    ]
    priority: Literal["low", "medium", "high", "urgent"]
    confidence: float
    reason: str
    language: Literal["ko", "en"]


# Built once, because it is the same for every call. In strict mode exactly these fields are required.
RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "AIReply", "strict": True, "schema": AIReply.model_json_schema()},
}


class BadAnswer(PermanentError):
    """The server answered, but the answer cannot be used. Other texts are not affected."""


def read_reply(content: str | None) -> AIReply:
    """The reply in a plain answer, which may stand between other words or in a code fence.

    Raises:
        BadAnswer: empty, too long, no JSON object, or not within the lists.
    """
    if not content or len(content) > MAX_ANSWER:
        raise BadAnswer("empty or oversized answer")
    found = _OBJECT.search(content)
    if not found:
        raise BadAnswer("no JSON object in the answer")
    try:
        return AIReply.model_validate(json.loads(found.group()))
    except (ValueError, ValidationError, RecursionError) as error:
        raise BadAnswer("answer does not fit the lists") from error


def clamped(confidence: float) -> float:
    """``confidence`` limited to 0 to 1; NaN becomes 0."""
    return min(1.0, max(0.0, confidence)) if confidence == confidence else 0.0  # noqa: PLR0124


def one_line(reason: str) -> str:
    """The reason as one printable line of limited length."""
    return " ".join(_CONTROLS.sub(" ", reason).split())[:MAX_REASON]
