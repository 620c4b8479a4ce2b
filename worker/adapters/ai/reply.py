"""Parsing the AI's answer, by a strict schema or from plain text."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from models.ports import PermanentError

MAX_ANSWER = 20_000  # characters; an answer is a few hundred
MAX_REASON = 300
_MAX_OBJECTS = 50  # beginnings that are tried; an answer has one
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_DECODER = json.JSONDecoder()
_THOUGHT = "</think>"


def _plain_word(value: object) -> object:
    """``Fire Safety`` as ``fire_safety``: models write names as people do."""
    if not isinstance(value, str):
        return value
    return "_".join(re.findall(r"[^\W_]+", value.lower())) or value


def _chance(value: object) -> object:
    """``92`` and ``"92%"`` as 0.92. What is no number is as if nothing had been said."""
    if isinstance(value, bool | None):
        return 0.0
    try:
        number = float(value.strip().rstrip("%")) if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    if number > 1 or (isinstance(value, str) and "%" in value):
        number /= 100
    return number if number <= 1 else 0.0


def _said(value: object) -> object:
    """Words are wished for, no condition: an answer is not thrown away for want of them."""
    return value if isinstance(value, str) else ""


_Category = Literal[
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
_Priority = Literal["low", "medium", "high", "urgent"]


class AIReply(BaseModel):
    """The AI's answer about one request."""

    # More than was asked for is no harm; the schema that is sent allows nothing else.
    model_config = ConfigDict(extra="ignore")

    category: Annotated[_Category, BeforeValidator(_plain_word)]
    priority: Annotated[_Priority, BeforeValidator(_plain_word)]
    # Not said: unsure, so a person looks.
    confidence: Annotated[float, BeforeValidator(_chance)] = 0.0
    reason: Annotated[str, BeforeValidator(_said)] = ""
    language: Annotated[str, BeforeValidator(_said)] = ""


def _schema() -> dict[str, Any]:
    """In strict mode every field is required and there is no other one."""
    schema = AIReply.model_json_schema()
    for field in schema["properties"].values():
        field.pop("default", None)
    schema["properties"]["language"]["enum"] = ["ko", "en"]
    return schema | {"required": list(schema["properties"]), "additionalProperties": False}


# Built once, because it is the same for every call.
RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "AIReply", "strict": True, "schema": _schema()},
}


class BadAnswer(PermanentError):
    """The server answered, but the answer cannot be used. Other texts are not affected."""


def read_reply(content: object) -> AIReply:
    """The reply in an answer: text or a list of parts, as the message has it.

    The JSON may stand in a code fence, between other words, or behind what a model thought aloud.

    Raises:
        BadAnswer: empty, too long, no JSON object, or none that fits; the message says what.
    """
    text = _text_of(content)
    if not text.strip():
        raise BadAnswer("the answer is empty")
    if len(text) > MAX_ANSWER:
        raise BadAnswer("the answer is too long")
    _, _, said = text.rpartition(_THOUGHT)
    why = "no JSON object in the answer"
    for found in _objects(said):
        try:
            return AIReply.model_validate(found)
        except (ValidationError, RecursionError) as error:
            why = _misfit(error)
    raise BadAnswer(why)


def _text_of(content: object) -> str:
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _objects(text: str) -> Iterator[object]:
    """The JSON objects in ``text``, outermost ones only, one after the other."""
    position = 0
    for _ in range(_MAX_OBJECTS):
        position = text.find("{", position)
        if position < 0:
            return
        try:
            found, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            position += 1
        else:
            yield found


def _misfit(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "the answer is nested too deeply"
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"the answer has no {field}"
    return f"{field} is none of ours: {one_line(str(first['input']))[:40]!r}"


def clamped(confidence: float) -> float:
    """``confidence`` limited to 0 to 1; NaN becomes 0."""
    return min(1.0, max(0.0, confidence)) if confidence == confidence else 0.0  # noqa: PLR0124


def one_line(reason: str) -> str:
    """The reason as one printable line of limited length."""
    return " ".join(_CONTROLS.sub(" ", reason).split())[:MAX_REASON]
