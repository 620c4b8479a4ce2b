"""No input can forge a log line, and no traceback quotes texts of people."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config.logging import configure_logging
from config.settings import Settings

EVIL = {
    "a new line": "x\n2026-01-01 [info] paid amount=0",
    "a carriage return": "x\rforged",
    "an escape sequence": "x\x1b[2Jforged\x1b]0;title\x07",
    "a right-to-left override": "x\u202egnp.exe",
    "an isolate": "x\u2066y\u2069",
    "a line separator": "x\u2028forged\u2029\x85\x0b\x0c",
    "a null": "x\x00y",
    "a lone surrogate": "x\ud800",
}
PERSON = "kim@example.org"
PRODUCTION = {
    "HAJA_ENV": "production",
    "PUBLIC_URL": "https://haja.example.org",
    "SECRET_KEY": "k3j4h5k2-b7v8c9x1-m4n6q8w2-z5t7r",
    "JWT_SECRET_KEY": "Vq3ZkT81mWc_0aYhL7xRn5-dGu2Jp9EsB6",
}


@pytest.fixture(params=["development", "production"])
def written(
    request: pytest.FixtureRequest, settings_with: Callable[..., Settings]
) -> Iterator[io.StringIO]:
    """What the process would write to stderr."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    settings = settings_with(**(PRODUCTION if request.param == "production" else {}))
    configure_logging(settings)
    out = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(out)
    yield out
    root.handlers[:], level = before
    root.setLevel(level)


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_one_log_call_makes_one_harmless_line(written: io.StringIO, evil: str) -> None:
    structlog.get_logger("haja.tests").info(
        "something", value=evil, nested=[evil], more={"a": evil}
    )
    logging.getLogger("haja.foreign").info("said %s", evil)
    logging.getLogger("haja.foreign").warning(evil, extra={"more": evil})
    structlog.get_logger("haja.tests").info(evil)
    lines = written.getvalue().split("\n")
    assert len(lines) == 5 and lines[-1] == "", lines
    assert all(line.isprintable() for line in lines)


def test_an_event_cannot_be_forged_in_json(
    written: io.StringIO, request: pytest.FixtureRequest
) -> None:
    structlog.get_logger("haja.tests").info("real", value='x", "event": "forged')
    line = written.getvalue().strip()
    if line.startswith("{"):
        assert json.loads(line)["event"] == "real"


def test_a_database_errors_message_stays_out(written: io.StringIO, session: Session) -> None:
    try:
        try:
            session.execute(text("SELECT CAST(:value AS int)"), {"value": PERSON})
        except DBAPIError as error:
            raise RuntimeError("while saving") from error
    except RuntimeError as error:
        structlog.get_logger("haja.tests").error("unexpected_error", exc_info=error)
        logging.getLogger("haja.foreign").error("unexpected", exc_info=error)
    logged = written.getvalue()
    assert logged.count("DataError") >= 2 and logged.count("while saving") >= 2
    assert PERSON not in logged
    assert "test_log_safety" in logged  # the traceback is complete
