"""The shapes that come in and go out of the API, as pydantic models."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from models.rating import HIGHEST, LOWEST
from models.services.contacts import WrongAddress, read_email
from models.services.users import MAX_PASSWORD, MIN_PASSWORD
from models.words import Category, Language, Priority, Role, Status

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# What prints nothing: format characters, the Hangul fillers that pass for letters, empty braille.
_UNSEEN = (
    r"\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]+")
# The same for readers of the document: no control characters, and something to see.
_CLEAN = rf"^[^{_CONTROL.pattern[1:-1]}]*$"
SEEN = rf"^[^{_CONTROL.pattern[1:-1]}]*[^{_CONTROL.pattern[1:-1]}{_UNSEEN}][^{_CONTROL.pattern[1:-1]}]*$"


# Putting marks that combine into their order costs the square of their number. Nobody writes more
# than this many on one letter (UAX #15, Stream-Safe Text Format).
MOST_MARKS = 30
_UNUSUAL = re.compile(rf"[^\w\s!-~]{{{MOST_MARKS + 1},}}")  # marks are neither letters nor blanks

# Composing makes text shorter, three to one at most, and trimming does; what is longer by far is
# not looked at.
_FAR_TOO_LONG = 6


def _tidy(text: str) -> str:
    if _SURROGATE.search(text):
        raise PydanticCustomError("surrogates", "not well-formed Unicode")
    if _CONTROL.search(text):
        raise PydanticCustomError("control_characters", "control characters")
    if any(map(_is_heap, _UNUSUAL.findall(text))):
        raise PydanticCustomError("combining_marks", "too many combining marks on one letter")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _is_heap(unusual: str) -> bool:
    """Whether so many marks follow each other in these characters."""
    marks = 0
    for character in unusual:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MOST_MARKS:
            return True
    return False


def not_blank(text: str) -> str:
    if not _INVISIBLE.sub("", text):
        raise PydanticCustomError("blank", "blank")
    return text


def _at_most(limit: int, *, times: int = 1) -> AfterValidator:
    """Refuses what is longer than so many ``times`` the limit."""

    def check(text: str) -> str:
        if len(text) > limit * times:
            raise PydanticCustomError("string_too_long", "too long", {"max_length": limit})
        return text

    return AfterValidator(check)


# One line, its length counted after trimming and composing (NFC).
ShortText = Annotated[
    StrictStr,
    _at_most(200, times=_FAR_TOO_LONG),
    AfterValidator(_tidy),
    AfterValidator(lambda text: " ".join(text.split())),
    _at_most(200),
    Field(json_schema_extra={"maxLength": 200, "pattern": _CLEAN}),
]


def whole(value: Any) -> Any:
    """JSON has one kind of number: 12.0 is 12 (RFC 8259, section 6). Text and truth are none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("int_type", "no integer")
    return value


Description = Annotated[
    StrictStr,
    _at_most(4000, times=_FAR_TOO_LONG),
    AfterValidator(_tidy),
    AfterValidator(not_blank),
    _at_most(4000),
    Field(json_schema_extra={"minLength": 1, "maxLength": 4000, "pattern": SEEN}),
]
Note = Description
Reply = Description
Answer = Description


def _reachable(contact: str) -> str:
    try:
        read_email(contact)
    except WrongAddress as error:
        raise PydanticCustomError(error.kind, "an e-mail address that cannot be used") from None
    return contact


# Mail is sent to its first e-mail address, if it has one; what only looks like one is refused.
Contact = Annotated[ShortText, AfterValidator(_reachable)]


class Incoming(BaseModel):
    model_config = ConfigDict(extra="ignore")


def _nullable(schema: dict[str, Any]) -> None:
    """As ``FromRequester`` reads it: what is not required may be null."""
    properties = schema["properties"]
    for name in properties.keys() - set(schema["required"]):
        kind = properties[name].pop("type")
        properties[name]["type"] = [kind, "null"]


class FromRequester(Incoming):
    """``null`` is "not given", as many clients write it."""

    model_config = ConfigDict(json_schema_extra=_nullable)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None}


class TypedIn(FromRequester):
    """What stands in a form that is not sent yet: looked at, and not kept."""

    description: Annotated[
        StrictStr, _at_most(4000, times=_FAR_TOO_LONG), AfterValidator(_tidy), _at_most(4000)
    ]
    location: ShortText = ""


class SubmissionIn(FromRequester):
    """What a requester sends. A ``language`` that means neither ko nor en, as ``ko-KR`` does, means:
    see Accept-Language."""

    description: Description
    location: ShortText = ""
    contact_info: Contact = ""
    requester_name: ShortText = ""
    language: StrictStr = ""


# A question has words, and comes with no other status than its own.
_QUESTION: JsonDict = {
    "anyOf": [
        {"properties": {"question": {"enum": [False, None]}}},
        {
            "required": ["reply"],
            "properties": {
                "reply": {"type": "string"},
                "status": {"enum": [Status.ON_HOLD.value, None]},
            },
        },
    ]
}

# What a change of one request or of many may name, and what of one request only: words to its
# requester, and who that is.
CHANGES = ("status", "category", "priority", "assignee", "note")
ONE_CHANGES = ("reply", "question", "contact_info", "requester_name")


def says_something(names: Iterable[str], beside: Iterable[str] = ()) -> JsonDict:
    """Fields that mean nothing are refused where there is none of ``names``, whatever stands
    ``beside``."""
    nothing: JsonDict = {
        "properties": {name: {} for name in beside},
        "additionalProperties": {"enum": [None, "", [], {}]},
    }
    needed: list[JsonDict] = [{"required": [name]} for name in names]
    return {"anyOf": [*needed, nothing]}


# Null is nobody, as an empty name is: what is left out stays.
Assignee = Annotated[
    ShortText | None, BeforeValidator(lambda value: "" if value is None else value)
]


class ChangesIn(Incoming):
    """What an operator changes; fields that are left out stay. A ``note`` is for operators only, a
    ``reply`` for the requester; ``question`` says that it waits for an answer, on hold;
    ``contact_info`` and ``requester_name`` correct who asked."""

    model_config = ConfigDict(
        json_schema_extra={"allOf": [_QUESTION, says_something((*CHANGES, *ONE_CHANGES))]}
    )

    status: Status | None = None
    category: Category | None = None
    priority: Priority | None = None
    assignee: Assignee = None
    note: Note | None = None
    reply: Reply | None = None
    question: StrictBool | None = False
    contact_info: Contact | None = None
    requester_name: ShortText | None = None

    @field_validator("question")
    @classmethod
    def _asks_something(cls, question: bool | None, given: ValidationInfo) -> bool:
        if question is None:
            return False
        if question and given.data.get("reply", "") is None:
            raise PydanticCustomError("question_without_words", "a question without words")
        if question and given.data.get("status") not in (None, Status.ON_HOLD):
            raise PydanticCustomError("question_with_status", "a question puts it on hold")
        return question


class CannedReplyIn(Incoming):
    """A prepared reply that operators keep."""

    language: Language = Language.KOREAN
    title: Annotated[ShortText, AfterValidator(not_blank), _at_most(80)]
    text: Annotated[Reply, _at_most(2000)]


def _printable(name: str) -> str:
    if not name.isprintable():
        raise PydanticCustomError("unprintable", "characters that print nothing")
    return name


# Of a user; as ``models.services.users`` wants it.
DisplayName = Annotated[ShortText, AfterValidator(_printable)]


def _new_password(password: str) -> str:
    if len(unicodedata.normalize("NFC", password)) < MIN_PASSWORD:
        raise PydanticCustomError("password_short", "too short", {"min_length": MIN_PASSWORD})
    return password


# As it is typed: never trimmed.
NewPassword = Annotated[StrictStr, _at_most(MAX_PASSWORD), AfterValidator(_new_password)]


class ProfileIn(Incoming):
    """What everybody may change of their own account."""

    name: DisplayName = ""
    language: Language


class AccountIn(ProfileIn):
    """What admins may change of any account."""

    role: Role


class InvitationIn(Incoming):
    """An account that somebody is invited to."""

    address: ShortText
    role: Role
    language: Language


class NewAccountIn(Incoming):
    """What the owner of a link chooses; the name is a new account's."""

    name: DisplayName = ""
    password: NewPassword


class PasswordIn(Incoming):
    """One's own password; ``old`` is the present one."""

    old: StrictStr = ""
    password: NewPassword


class AnswerIn(FromRequester):
    """What a requester writes after the report; ``reopen`` says that the work is not done."""

    answer: Answer
    reopen: StrictBool = False


class RatingIn(FromRequester):
    """How content the requester is."""

    stars: Annotated[StrictInt, BeforeValidator(whole)] = Field(ge=LOWEST, le=HIGHEST)
    words: ShortText = ""


class OwnContactIn(FromRequester):
    """Where the requester is reached, corrected."""

    contact_info: Annotated[Contact, AfterValidator(not_blank)]


class LinkIn(Incoming):
    """``revoke``: the present link opens nothing any more, and a new one takes its place."""

    revoke: StrictBool = False


class SavedViewIn(Incoming):
    """The name of a saved view."""

    name: Annotated[ShortText, AfterValidator(not_blank)]


class LoginIn(Incoming):
    """RFC 6749, section 4.3.2."""

    grant_type: Literal["password", ""] = "password"
    username: ShortText
    password: StrictStr = Field(max_length=MAX_PASSWORD)


class RefreshIn(Incoming):
    """RFC 6749, section 6; the token may come as a bearer instead."""

    refresh_token: StrictStr = Field(default="", max_length=4000)


class RevokeIn(RefreshIn):
    """``token`` is the same by RFC 7009's name, and may be an access token as well."""

    token: StrictStr = Field(default="", max_length=4000)


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
    assignee: str | None = None
    danger: str
    unsure: bool
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    status_url: str


class PhotoErrorOut(BaseModel):
    """A file that was not taken, and why."""

    name: str
    message: str


class UploadOut(PhotoOut):
    """The first photo. Of several files, all that were taken and why the others were not."""

    photos: list[PhotoOut] = []
    photo_errors: list[PhotoErrorOut] = []


class SubmissionOut(RequestOut):
    """``advice`` is there where somebody may be in danger: what to do at once, whom to call."""

    advice: str = ""
    photo_errors: list[PhotoErrorOut] = []


class RatingOut(BaseModel):
    stars: int
    words: str


class RequestDetailOut(RequestOut):
    """``question_open``: it waits for the requester's answer; ``answered``: the requester has
    written, and no operator has changed anything since; ``reopens_until``: until when the requester
    may say that it is not done or still needed, and rate the work if it is completed."""

    question_open: bool
    answered: bool
    reopens_until: datetime | None
    rating: RatingOut | None
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


class SpreadOut(BaseModel):
    """Hours in ``count`` requests: the mean, the median, and what 90 % stayed within."""

    count: int
    mean: float | None
    median: float | None
    ninetieth: float | None


class DayOut(BaseModel):
    """``_before``: the same day of the span before; ``backlog``: open at the end of the day."""

    day: date
    received: int
    completed: int
    received_before: int
    completed_before: int
    backlog: int


class FiguresOut(StatsOut):
    """Where the call names days or filters: ``total`` and the counts are of what was received in
    these days, ``hours_to_complete`` and the ratings (by stars) are of what was completed in them,
    ``open`` is as of now."""

    first_day: date
    last_day: date
    completed: int
    open: int
    by_location: dict[str, int]
    by_assignee: dict[str, int]
    days: list[DayOut]
    hours_to_first_answer: SpreadOut
    hours_to_completion: SpreadOut
    judged: int
    corrected: int
    rated: int
    mean_rating: float | None
    by_rating: dict[str, int]


class NumbersOut(RootModel[FiguresOut | StatsOut]):
    """The latter for a call without days and filters."""


class CannedReplyOut(BaseModel):
    """A prepared reply with its placeholders: ``{reference}``, ``{name}``, ``{place}``, and a Korean
    particle behind a colon in one of them."""

    id: int
    language: Language
    title: str
    text: str
    updated_at: datetime
    updated_by: str


class CannedRepliesOut(RootModel[list[CannedReplyOut]]):
    """By language and title."""


class LookingOut(BaseModel):
    """An operator who looks at a request, and what is being written."""

    user_id: int
    name: str
    writing: Literal["", "note", "reply"]


class PresenceOut(BaseModel):
    """By the id of the request; nobody looks any more where the list is empty."""

    requests: dict[str, list[LookingOut]]


class LiveMessageOut(BaseModel):
    """What a socket says: a request as it is now (without what the listener may not see), or the
    numbers. ``reload`` has no data: something was missed. ``id`` is what ``last`` takes;
    ``presence`` has none."""

    type: Literal["new_request", "request_updated", "stats", "reload", "presence"]
    id: str = ""
    data: RequestDetailOut | StatsOut | PresenceOut | None = None


class TokensOut(BaseModel):
    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    refresh_token: str


class PartOut(BaseModel):
    """``age`` is of its last sign of life, in seconds; parts may say more."""

    model_config = ConfigDict(extra="allow")

    state: Literal["ok", "degraded", "down"]
    age: float | None


class AliveOut(BaseModel):
    status: Literal["ok"]


class ReadyOut(BaseModel):
    status: Literal["ok", "degraded", "down"]
    parts: dict[str, PartOut]


class FieldErrorOut(BaseModel):
    field: str
    message: str


class ProblemOut(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldErrorOut] = []
