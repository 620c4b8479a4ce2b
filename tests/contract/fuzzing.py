"""Schemathesis over the whole document, against the real application on the real database."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import schemathesis
from flask import Flask
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.web.pictures import picture

SEED = 20261123

_KEY = re.compile(r"[!-~]{1,255}")

# A document cannot say what makes bytes a picture.
for kind in ("jpeg", "png", "webp", "heic", "avif"):
    schemathesis.openapi.media_type(
        f"image/{kind}", st.sampled_from([picture("JPEG"), picture("PNG")])
    )


@dataclass(slots=True)
class Verdict:
    """``calls`` is how often each call was made; ``complaints`` is empty where all is well."""

    calls: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    complaints: dict[str, str] = field(default_factory=dict)


def fuzz(app: Flask, headers: dict[str, str], *, examples: int) -> Verdict:
    """All phases with all checks, always the same calls; ``examples`` for each call and phase."""
    verdict = Verdict()
    with _served(app) as address:
        schema = schemathesis.openapi.from_url(
            f"{address}/openapi.json", config=_config(headers, examples)
        )
        for happened in from_schema(schema).execute():
            _note(verdict, happened)
    return verdict


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    """Over a real socket: what a server makes of odd methods and headers belongs to the answer."""
    server = make_server("127.0.0.1", 0, _AsStrangers(app), threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_args: object) -> None:
        """The application logs by itself."""


def _note(verdict: Verdict, happened: events.EngineEvent) -> None:
    if isinstance(happened, events.NonFatalError):
        verdict.complaints[f"{happened.label}: error"] = repr(happened.value)
    elif isinstance(happened, events.FatalError):
        raise happened.exception
    elif isinstance(happened, events.ScenarioFinished):
        _collect(verdict, happened)


def _config(headers: dict[str, str], examples: int) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "continue-on-failure": True,
            "headers": headers,
            # A valid If-Match may not fit what the request is by now.
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "412", "429"]
                }
            },
            "generation": {"max-examples": examples, "database": "none", "deterministic": True},
            # Each step of a story counts, and a story is up to six steps long.
            "phases": {"stateful": {"generation": {"max-examples": max(1, examples // 5)}}},
        }
    )


def _collect(verdict: Verdict, happened: events.ScenarioFinished) -> None:
    recorder = happened.recorder
    for case_id, node in recorder.cases.items():
        label = node.value.operation.label
        verdict.calls[label] += 1
        interaction = recorder.interactions.get(case_id)
        if interaction and interaction.response:
            verdict.statuses[interaction.response.status_code] += 1
        for check in recorder.checks.get(case_id, []):
            if check.failure_info:
                verdict.complaints.setdefault(
                    f"{label}: {check.failure_info.failure.title}",
                    f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}",
                )


class _AsStrangers:
    """Every call comes from another address, with a key of its own.

    Limits by address, and which keys were used before, are not the document's to say.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._number = count(1)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[Any]:
        n = next(self._number)
        environ["REMOTE_ADDR"] = f"11.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        if _KEY.fullmatch(environ.get("HTTP_IDEMPOTENCY_KEY", "")):
            environ["HTTP_IDEMPOTENCY_KEY"] = f"key-{n}"
        return self._app(environ, start_response)
