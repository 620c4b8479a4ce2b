"""The same change to many requests: which requests, what to change, and how it went with each.

Each request is changed in a transaction of its own, as if it were the only one.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from flask import g
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    StringConstraints,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from models.errors import DomainError, LostEdit
from models.maintenance_request import MaintenanceRequest
from models.problems import detail_of
from models.queries import requests as queries
from models.services.reversal import (
    UNDO_SECONDS,
    count_expired,
    forget_change,
    list_undoable,
    undo_change,
)
from models.services.workflow import Changes, update_request
from models.user import Person
from models.words import Category, Priority, Status
from web.api.list_pages import filter_of
from web.http.database import autocommit, reading_session, transaction
from web.http.language import current_language
from web.http.parsing import field_problem
from web.http.problems import problem_of
from web.list_query import SearchQuery
from web.schemas import CHANGES, Assignee, Incoming, Note, says_something, whole

# Requests of one call.
MOST = 500

_Whole = Annotated[int, BeforeValidator(whole)]
# The bounds stand first, or the document would not have them.
_Id = Annotated[int, Field(ge=1, le=2**63 - 1), BeforeValidator(whole)]
Token = Annotated[
    StrictStr, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_-]{20,64}$")
]
# As JSON has an id that is a name of a member.
_ID = re.compile(r"^[0-9]{1,19}$")
# Either ids or a filter.
_WHICH: JsonDict = {
    "oneOf": [
        {
            "required": ["ids"],
            "properties": {"ids": {"minItems": 1}, "filter": {"type": "null"}},
        },
        {
            "required": ["filter"],
            "properties": {"ids": {"maxItems": 0}, "filter": {"type": "object"}},
        },
    ]
}


def _by_id(versions: dict[str, int]) -> dict[str, int]:
    """A guard that guards nothing must not pass for one."""
    if not all(map(_ID.fullmatch, versions)):
        raise PydanticCustomError("not_ids", "keys that are no ids")
    return versions


def _without_defaults(schema: dict[str, Any]) -> None:
    """In a query string a parameter is absent or text: no default of one is a value of it."""
    for described in schema["properties"].values():
        described.pop("default", None)


class BulkFilter(SearchQuery):
    """The parameters of a list that say which requests."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)


class BulkChangesIn(Incoming):
    """``ids``, or a ``filter`` that at most 500 requests fit, and what to change in each of them.
    ``versions`` (of ids) guard against lost edits, as If-Match does for one request. ``undo`` is what
    an earlier call has answered, if both are to be undone together."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [_WHICH, says_something(CHANGES, ("ids", "filter", "versions", "undo"))]
        }
    )

    ids: Annotated[
        list[_Id], Field(max_length=MOST), AfterValidator(lambda ids: list(dict.fromkeys(ids)))
    ] = []
    filter: BulkFilter | None = None
    versions: Annotated[
        dict[str, _Whole],
        AfterValidator(_by_id),
        Field(max_length=MOST, json_schema_extra={"propertyNames": {"pattern": _ID.pattern}}),
    ] = {}
    status: Status | None = None
    category: Category | None = None
    priority: Priority | None = None
    assignee: Assignee = None
    note: Note | None = None
    undo: Token | None = None

    @model_validator(mode="after")
    def _says_which(self) -> "BulkChangesIn":
        if bool(self.ids) == (self.filter is not None):
            raise PydanticCustomError("ids_or_filter", "either ids or a filter")
        return self

    def as_changes(self) -> Changes:
        return Changes(**{name: getattr(self, name) for name in CHANGES})


class UndoIn(Incoming):
    """``undo`` is what the call that changed something has answered."""

    undo: Token


class OutcomeOut(BaseModel):
    """``status`` is what a call for this request alone would have answered, with ``code`` and
    ``detail`` if that is an error, else the request's ``version`` now."""

    id: int
    status: int
    code: str = ""
    detail: str = ""
    version: int = 0


class BulkOut(BaseModel):
    """``undo`` takes the changes back for ``undo_seconds``."""

    undo: str
    undo_seconds: int
    results: list[OutcomeOut]


class UndoneOut(BaseModel):
    """``left`` is how many more can be undone by another call: 500 are by one. ``expired`` is how many
    can not, since they were changed too long ago."""

    results: list[OutcomeOut]
    left: int
    expired: int


def new_token() -> str:
    return secrets.token_urlsafe(16)


class Bulk(NamedTuple):
    """One operator's changes; ``key`` is as for one request."""

    user: Person
    key: str | None
    token: str

    @classmethod
    def begin(cls, user: Person, key: str | None, token: str | None = None) -> "Bulk":
        return cls(user, key, token or new_token())

    def change(
        self, ids: Iterable[int], changes: Changes, versions: Mapping[int, int]
    ) -> list[OutcomeOut]:
        """Change one request after another."""

        def change_one(session: Session, request_id: int) -> MaintenanceRequest:
            return update_request(
                session,
                request_id,
                replace(changes),
                user=self.user,
                expected_version=versions.get(request_id),
                key=self.key,
                call_id=g.request_id,
                undo=self.token,
            )

        return [_outcome(request_id, change_one) for request_id in ids]

    def as_json(self, results: list[OutcomeOut]) -> dict[str, object]:
        answer = BulkOut(undo=self.token, undo_seconds=UNDO_SECONDS, results=results)
        return answer.model_dump()


def undo_changes(token: str, user: Person) -> UndoneOut:
    """Undo the changes of this token, at most 500, one request after another, the oldest first.

    Raises:
        UndoExpired: there is nothing to undo.
    """

    def undo_one(session: Session, request_id: int) -> MaintenanceRequest:
        return undo_change(session, token, request_id, user=user, call_id=g.request_id)

    with reading_session() as session:
        ids = list_undoable(session, token, user=user)
        expired = count_expired(session, token, user=user)
    results = [_outcome(request_id, undo_one) for request_id in ids[:MOST]]
    lost = [one.id for one in results if one.code == LostEdit.code]
    if lost:  # or the next call would begin with them again
        with transaction() as session:
            for request_id in lost:
                forget_change(session, token, request_id)
    return UndoneOut(results=results, left=len(ids) - len(results), expired=expired)


def _outcome(request_id: int, work: Callable[[Session, int], MaintenanceRequest]) -> OutcomeOut:
    try:
        with transaction() as session:
            changed = work(session, request_id)
    except DomainError as error:
        detail = detail_of(error.code, current_language())
        return OutcomeOut(
            id=request_id, status=problem_of(error).status, code=error.code, detail=detail
        )
    return OutcomeOut(id=request_id, status=200, version=changed.version)


def matching_ids(query: SearchQuery, user: Person) -> list[int]:
    """The requests that fit, in the list's order.

    Raises:
        Problem: they are more than one call may change.
    """
    wanted = replace(filter_of(query, user), limit=MOST)
    with autocommit() as connection:
        rows, further = queries.list_rows(connection, wanted, *queries.STAMP)
    if further is not None:
        raise field_problem("filter", "too_many_match", limit=MOST)
    return [row.id for row in rows]
