"""Logging slow statements with the id of their call: the SQL text, never the parameters."""

import time
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, ExceptionContext, event

log = structlog.get_logger("haja.database")

LONGEST_TEXT = 1000
# Its purpose is to wait.
_WAITS = "wait_for_due_steps"
# What SQLAlchemy passes to these events, after the connection.
_STATEMENT, _CONTEXT = 1, 3


def watch_engine(engine: Engine, seconds: float) -> None:
    """Log each statement that takes ``seconds`` or more, also if it then fails.

    The call's or task's id comes from the log context. With ``seconds`` of 0 or less, nothing is
    logged.
    """
    if seconds <= 0:
        return

    def begin(_connection: Connection, *rest: Any) -> None:
        rest[_CONTEXT].haja_started = time.perf_counter()

    def end(_connection: Connection, *rest: Any) -> None:
        took = time.perf_counter() - rest[_CONTEXT].haja_started
        if took >= seconds and _WAITS not in rest[_STATEMENT]:
            _log(rest[_STATEMENT], took)

    def fail(failure: ExceptionContext) -> None:
        started = getattr(failure.execution_context, "haja_started", None)
        if started is None or failure.statement is None:
            return
        took = time.perf_counter() - started
        if took >= seconds:
            _log(failure.statement, took, error=type(failure.original_exception).__name__)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


def _log(statement: str, took: float, **more: str) -> None:
    text = " ".join(statement.split())[:LONGEST_TEXT]
    log.warning("slow_query", seconds=round(took, 3), statement=text, **more)
