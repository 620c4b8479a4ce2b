"""Running schemathesis on the whole OpenAPI document, with the real application and database."""

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

# An OpenAPI document cannot describe the bytes of a picture.
for kind in ("jpeg", "png", "webp", "heic", "avif"):
    schemathesis.openapi.media_type(
        f"image/{kind}", st.sampled_from([picture("JPEG"), picture("PNG")])
    )


@schemathesis.hook
def filter_body(_context: schemathesis.HookContext, body: Any) -> bool:
    """A schema cannot say which texts with an @-sign are addresses."""
    return not isinstance(body, dict) or "@" not in str(body.get("contact_info", ""))


@dataclass(slots=True)
class FuzzResult:
    """``calls`` is how often each call was made; ``failures`` are failed checks by call and title."""

    calls: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)


def fuzz(app: Flask, headers: dict[str, str], *, examples: int) -> FuzzResult:
    """Run all phases with all checks; the calls are the same each time. ``examples`` is the number
    of calls per operation and phase."""
    result = FuzzResult()
    with _served(app) as address:
        schema = schemathesis.openapi.from_url(
            f"{address}/openapi.json", config=_config(headers, examples)
        )
        for event in from_schema(schema).execute():
            _record(result, event)
    return result


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    """Serve the application on a real socket, so that the server's own handling of unusual methods
    and headers is tested too; yields its URL."""
    server = make_server("127.0.0.1", 0, _AsNewCallers(app), threaded=True, request_handler=_Quiet)
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


def _record(result: FuzzResult, event: events.EngineEvent) -> None:
    if isinstance(event, events.NonFatalError):
        result.failures[f"{event.label}: error"] = repr(event.value)
    elif isinstance(event, events.FatalError):
        raise event.exception
    elif isinstance(event, events.ScenarioFinished):
        _record_scenario(result, event)


_EXPECTED = ["2xx", "3xx", "401", "403", "404", "409", "412", "429"]


def _config(headers: dict[str, str], examples: int) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "continue-on-failure": True,
            "headers": headers,
            # A valid If-Match may be out of date.
            "checks": {"positive_data_acceptance": {"expected-statuses": _EXPECTED}},
            # Days that make no sense together are refused, which a schema cannot say, and so are
            # addresses that are at no push service and keys that are on no curve.
            "operations": [
                {
                    "include-name": name,
                    "checks": {
                        "positive_data_acceptance": {"expected-statuses": [*_EXPECTED, "422"]}
                    },
                }
                for name in ("GET /api/stats", "POST /api/push-subscriptions")
            ],
            "generation": {"max-examples": examples, "database": "none", "deterministic": True},
            # An example of this phase has up to six calls, and each of them counts.
            "phases": {"stateful": {"generation": {"max-examples": max(1, examples // 5)}}},
        }
    )


def _record_scenario(result: FuzzResult, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, node in recorder.cases.items():
        label = node.value.operation.label
        result.calls[label] += 1
        interaction = recorder.interactions.get(case_id)
        if interaction and interaction.response:
            result.statuses[interaction.response.status_code] += 1
        for check in recorder.checks.get(case_id, []):
            if check.failure_info:
                result.failures.setdefault(
                    f"{label}: {check.failure_info.failure.title}",
                    f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}",
                )


class _AsNewCallers:
    """Gives every call another IP address and idempotency key.

    The document does not describe limits per address, or which keys were used before.
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
