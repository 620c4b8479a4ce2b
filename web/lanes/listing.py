"""The lane for pages of the list without words in them: what every desk and dashboard asks for,
and all of them at the same moment when something happens.

Those who wait for the same page get it by one statement, which looks their logins up as well. A row
is written as JSON once for each of its versions; see ``models.queries.express_page``.
"""

import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl

import jwt
from flask import Flask
from flask_jwt_extended.exceptions import JWTExtendedException
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from werkzeug.http import generate_etag

from config.front_door.calls import FAILED, Answer, Call
from config.settings import get_settings
from models.base import now
from models.database import committing_connection
from models.errors import NotAuthenticated
from models.prepared import Prepared
from models.queries.express_page import ShownLogin, page_statement, read_stamps
from models.queries.filters import Filter, Place, write_cursor
from models.queries.requests import count_of_page
from models.words import Role
from web.access import ACCESS, RANK
from web.auth import check_shape
from web.lanes.kept_rows import KeptRows
from web.lanes.plain import Headers, are_open, fixed_headers, is_plain
from web.limits import API_SCOPE, user_as_caller
from web.list_pages import filter_of, links_of
from web.quota import Quota, Quotas
from web.schemas import ListQuery
from web.shown_token import claims_in
from web.tracing import call_id, note_answer

PATH = "/api/requests"
_LONGEST_QUERY = 1000  # bytes
_REQUIRED = RANK[Role(ACCESS["requests.list_requests"])]
_TAG = re.compile(r'"[!#-~]*"')  # RFC 9110, section 8.8.3, one that is not weak
_OF_A_BODY = frozenset({"Content-Type", "Content-Length"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page that somebody asks for. ``given`` is the query as it came."""

    wanted: Filter
    statement: Prepared
    given: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Page:
    """What is answered, to every caller whose login is in ``roles``."""

    roles: dict[ShownLogin, str]
    body: bytes
    etag: str
    headers: Headers


class ListingLane:
    """Answers what ``requests.list_requests`` would answer in the same words."""

    clerks = 2  # while one waits for the database, the other writes

    def __init__(self, app: Flask, engine: Engine, quotas: Quotas) -> None:
        self.reading = partial(committing_connection, engine)
        self._app = app
        self._quotas = quotas
        self._rows = KeptRows()

    def takes(self, environment: dict[str, Any]) -> bool:
        """Whether it is worth a try: nothing about the call is unusual, as far as its head says."""
        return (
            environment["PATH_INFO"] == PATH
            and environment["REQUEST_METHOD"] == "GET"
            and environment["CONTENT_LENGTH"] == "0"
            and len(environment["QUERY_STRING"]) <= _LONGEST_QUERY
            and is_plain(environment)
            and are_open(get_settings())
            and self._claims(environment) is not None  # nobody else's queries are kept
            and _asked(environment["QUERY_STRING"]) is not None
        )

    def answer(self, calls: Sequence[Call]) -> tuple[list[Answer | None], Exception | None]:
        """One answer for each call that ``takes`` let in, or None where Flask has to look closer;
        and the outage that kept all pages from being read."""
        logins = [self._shown_login(call) for call in calls]
        readers: dict[str, set[ShownLogin]] = defaultdict(set)
        for call, login in zip(calls, logins, strict=True):
            if login:
                readers[call.environment["QUERY_STRING"]].add(login)
        try:
            pages = {query: self._read(query, list(who)) for query, who in readers.items()}
        except DBAPIError as error:
            for call in calls:
                call.environment[FAILED] = error
            return [None] * len(calls), error
        return [
            self._answer(call, login, pages[call.environment["QUERY_STRING"]]) if login else None
            for call, login in zip(calls, logins, strict=True)
        ], None

    def _shown_login(self, call: Call) -> ShownLogin | None:
        claims = self._claims(call.environment)
        return ShownLogin(claims["sid"], int(claims["sub"])) if claims else None

    def _claims(self, environment: dict[str, Any]) -> dict[str, Any] | None:
        """What the token says, if it is one of ours that holds."""
        try:
            claims = claims_in(environment.get("HTTP_AUTHORIZATION", ""), self._app)
            if claims is not None:
                check_shape(claims)
        except (JWTExtendedException, jwt.PyJWTError, NotAuthenticated):
            return None
        return claims

    def _read(self, query: str, readers: Sequence[ShownLogin]) -> _Page | None:
        """The page, if any of its readers is logged in and no row vanished meanwhile."""
        asked = _asked(query)
        if asked is None:
            return None
        wanted = asked.wanted
        with self.reading() as connection:
            found = read_stamps(connection, asked.statement, wanted, readers, moment=now())
            stamps = found.stamps[: wanted.limit] if found else []
            rows = self._rows.read(connection, stamps)
        if found is None or rows is None:
            return None
        goes_on = len(found.stamps) > len(rows)
        total = count_of_page(wanted, len(rows), goes_on=goes_on)
        headers = [("X-Total-Count", str(found.total if total is None else total))]
        last = rows[-1] if goes_on else None
        cursor = write_cursor(Place(getattr(last, wanted.sort), last.id)) if last else ""
        if links := links_of(asked.given, wanted, cursor):
            headers.append(("Link", links))
        body = b"[" + b",".join([row.json for row in rows]) + b"]"
        return _Page(found.roles, body, f'"{generate_etag(body)}"', headers)

    def _answer(self, call: Call, login: ShownLogin, page: _Page | None) -> Answer | None:
        role = page and page.roles.get(login)
        held = call.environment.get("HTTP_IF_NONE_MATCH")
        if not page or not role or RANK[Role(role)] < _REQUIRED:
            return None
        if held is not None and not _TAG.fullmatch(held):  # several, weak ones, or any
            return None
        settings = get_settings()
        caller = user_as_caller(login.user_id)
        quota = self._quotas.take(settings.api_rate_limit, caller, API_SCOPE)
        return _write(call, login, page, quota, same=held == page.etag) if quota else None


def _write(call: Call, login: ShownLogin, page: _Page, quota: Quota, *, same: bool) -> Answer:
    """``same``: the caller holds this very page (RFC 9110, section 15.4.5)."""
    environment = call.environment
    request_id = call_id(environment.get("HTTP_X_REQUEST_ID", ""))
    seconds = time.perf_counter() - call.arrived
    note_answer("GET", PATH, 304 if same else 200, seconds, login.user_id, request_id=request_id)
    fixed = fixed_headers(get_settings(), environment["wsgi.url_scheme"], "Authorization", "Cookie")
    headers = [
        *fixed,
        *page.headers,
        *quota.headers(),
        ("ETag", page.etag),
        ("X-Request-ID", request_id),
        ("X-Process-Time", f"{seconds:.6f}"),
    ]
    if same:
        kept = [one for one in headers if one[0] not in _OF_A_BODY]
        return Answer("304 NOT MODIFIED", kept, b"")
    return Answer("200 OK", [*headers, ("Content-Length", str(len(page.body)))], page.body)


@lru_cache(maxsize=512)
def _asked(query: str) -> _Asked | None:
    """None where Flask has to say what is wrong, or to read the page in the usual way."""
    pairs = parse_qsl(query, keep_blank_values=True, errors="werkzeug.url_quote")
    try:
        wanted = filter_of(ListQuery.model_validate(dict(pairs)))
    except ValueError:  # pydantic's own among them
        return None
    statement = page_statement(wanted)
    given: dict[str, str] = {}
    for name, value in pairs:
        given.setdefault(name, value)  # of a repeated name the first, as Flask's links have it
    return _Asked(wanted, statement, given) if statement else None
