"""What a line of a file must look like: the API's own rules, and those of history."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from models.base import now
from models.languages import named_language
from models.services.importing import ImportedRequest
from models.services.references import ALPHABET, LENGTH, tidy_reference
from models.words import Category, Priority, Status
from web.http.language import written_language
from web.http.messages import field_message
from web.http.problems import FieldError
from web.schemas import ShortText, SubmissionIn
from web.spreadsheets.columns import word_of
from web.spreadsheets.timestamps import read_moment

_AHEAD = timedelta(days=1)  # clocks and time zones differ; nothing is reported next week


def _reference(text: str) -> str:
    tidy = tidy_reference(text)
    if text and (len(tidy) != LENGTH + 1 or not set(tidy) - {"-"} <= set(ALPHABET)):
        raise PydanticCustomError("not_a_reference", "not a reference of Haja")
    return tidy if text else ""


def _moment(value: Any, info: ValidationInfo) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError
        moment = read_moment(value, info.context["timezone"] if info.context else ZoneInfo("UTC"))
    except ValueError:
        raise PydanticCustomError("not_a_time", "not a time") from None
    if moment > now() + _AHEAD:
        raise PydanticCustomError("in_the_future", "in the future")
    return moment


def _word(kind: str) -> BeforeValidator:
    return BeforeValidator(lambda value: word_of(kind, value) if isinstance(value, str) else value)


def _id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class MovedIn(SubmissionIn):
    """One request of another system. ``id`` is what it was called there. A contact of the past is
    taken as it is, with or without an address that can be used."""

    id: Annotated[ShortText, BeforeValidator(_id)] = ""
    reference: Annotated[ShortText, AfterValidator(_reference)] = ""
    contact_info: ShortText = ""
    category: Annotated[Category, _word("category")] = Category.PENDING
    priority: Annotated[Priority, _word("priority")] = Priority.PENDING
    status: Annotated[Status, _word("status")] = Status.PENDING
    assignee: ShortText = ""
    unsure: bool = False
    created_at: Moment = None
    updated_at: Moment = None
    completed_at: Moment = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.completed_at is None:
            return self
        if "status" in self.model_fields_set and self.status != Status.COMPLETED:
            raise PydanticCustomError("only_completed", "only a completed request has it")
        if self.created_at and self.completed_at < self.created_at:
            raise PydanticCustomError("before_the_start", "before it was reported")
        return self


def read_row(
    values: dict[str, Any], *, source: str, timezone: ZoneInfo, language: str
) -> ImportedRequest | tuple[FieldError, ...]:
    """The request of one line, or what is wrong with it, in ``language``."""
    try:
        line = MovedIn.model_validate(values, context={"timezone": timezone})
    except ValidationError as error:
        return tuple(
            FieldError(
                ".".join(str(part) for part in item["loc"]) or "completed_at",
                field_message(item["type"], language, item.get("ctx")),
            )
            for item in error.errors(include_url=False, include_input=False)
        )
    return _arrival(line, source)


def _arrival(line: MovedIn, source: str) -> ImportedRequest:
    said = line.model_dump(mode="json", exclude_unset=True)
    content = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    name = f"{source}:{line.id}" if line.id else f"line:{content.hexdigest()}"
    created_at = line.created_at or line.completed_at or now()
    return ImportedRequest(
        key=f"import:{name}",
        content_hash=content.digest(),
        reference=line.reference,
        description=line.description,
        location=line.location,
        contact_info=line.contact_info,
        requester_name=line.requester_name,
        language=named_language(line.language) or written_language(line.description),
        category=line.category,
        priority=line.priority,
        status=Status.COMPLETED if line.completed_at else line.status,
        assignee=line.assignee,
        unsure=line.unsure,
        created_at=created_at,
        updated_at=line.updated_at or line.completed_at or created_at,
        completed_at=line.completed_at,
    )
