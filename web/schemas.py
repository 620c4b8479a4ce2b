"""The shapes that come in and go out of the API, as pydantic models."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr
from pydantic_core import PydanticCustomError

from models.words import Category, Language, Priority, Status

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# What prints nothing: format characters, the Hangul fillers that pass for letters, empty braille.
_INVISIBLE = re.compile(
    r"[\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]+"
)


def _tidy(text: str) -> str:
    if _SURROGATE.search(text):
        raise PydanticCustomError("surrogates", "not well-formed Unicode")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if _CONTROL.search(text):
        raise PydanticCustomError("control_characters", "control characters")
    return text


def _not_blank(text: str) -> str:
    if not _INVISIBLE.sub("", text):
        raise PydanticCustomError("blank", "blank")
    return text


def _at_most(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) > limit:
            raise PydanticCustomError("string_too_long", "too long", {"max_length": limit})
        return text

    return AfterValidator(check)


# One line, its length counted after trimming and composing (NFC).
ShortText = Annotated[
    StrictStr,
    AfterValidator(_tidy),
    AfterValidator(lambda text: " ".join(text.split())),
    _at_most(200),
    Field(json_schema_extra={"maxLength": 200}),
]
Description = Annotated[
    StrictStr,
    AfterValidator(_tidy),
    AfterValidator(_not_blank),
    _at_most(4000),
    Field(json_schema_extra={"minLength": 1, "maxLength": 4000}),
]
Note = Annotated[
    StrictStr,
    AfterValidator(_tidy),
    AfterValidator(_not_blank),
    _at_most(4000),
    Field(json_schema_extra={"minLength": 1, "maxLength": 4000}),
]


class Incoming(BaseModel):
    model_config = ConfigDict(extra="ignore")


class SubmissionIn(Incoming):
    """What a requester sends. A ``language`` other than ko or en means: see Accept-Language."""

    description: Description
    location: ShortText = ""
    contact_info: ShortText = ""
    requester_name: ShortText = ""
    language: StrictStr = ""


class ChangesIn(Incoming):
    """What an operator changes; fields that are left out stay."""

    status: Status | None = None
    category: Category | None = None
    priority: Priority | None = None
    assignee: ShortText | None = None
    note: Note | None = None


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


Moment = Annotated[datetime | None, BeforeValidator(_blank_is_none)]


class FilterQuery(Incoming):
    """Which requests, and in which order; an empty value counts as not given."""

    status: Annotated[Status | None, BeforeValidator(_blank_is_none)] = None
    category: Annotated[Category | None, BeforeValidator(_blank_is_none)] = None
    priority: Annotated[Priority | None, BeforeValidator(_blank_is_none)] = None
    unsure: Annotated[bool | None, BeforeValidator(_blank_is_none)] = None
    location: Annotated[ShortText, Field()] = ""
    q: Annotated[ShortText, Field()] = ""
    created_from: Moment = None
    created_to: Moment = None
    sort: Literal["-created_at", "created_at", "-updated_at", "updated_at"] = "-created_at"


class ListQuery(FilterQuery):
    """A page of them."""

    skip: int = Field(default=0, ge=0, le=10_000_000)
    limit: int = Field(default=100, ge=1, le=500)
    cursor: str = Field(default="", max_length=200)


class LoginIn(Incoming):
    """RFC 6749, section 4.3.2."""

    grant_type: Literal["password", ""] = "password"
    username: ShortText
    password: StrictStr = Field(max_length=1000)


class RefreshIn(Incoming):
    """RFC 6749, section 6; the token may come as a bearer instead."""

    refresh_token: StrictStr = Field(default="", max_length=4000)


class PhotoOut(BaseModel):
    id: int
    url: str
    state: Literal["processing", "ready", "rejected"]


class TimelineOut(BaseModel):
    event: str
    actor: str
    data: dict[str, Any]
    created_at: datetime


class TriageOut(BaseModel):
    category: Category
    priority: Priority
    confidence: float = Field(ge=0, le=1)
    reason: str
    model: str
    language: Language
    degraded: bool


class RequestOut(BaseModel):
    """A maintenance request. Contact and name are missing where the caller may not see them."""

    id: int
    reference: str
    description: str
    category: Category
    priority: Priority
    status: Status
    location: str
    contact_info: str | None = None
    requester_name: str | None = None
    language: Language
    assignee: str
    danger: str
    unsure: bool
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    status_url: str


class RequestDetailOut(RequestOut):
    photos: list[PhotoOut]
    timeline: list[TimelineOut]
    triage: TriageOut | None


class StatsOut(BaseModel):
    total: int
    by_category: dict[str, int]
    by_priority: dict[str, int]
    by_status: dict[str, int]
    by_day: dict[str, int]
    hours_to_complete: float | None
    computed_at: datetime


class TokensOut(BaseModel):
    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    refresh_token: str


class ProblemOut(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None
