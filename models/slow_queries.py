"""Logging slow statements with the id of their call: the SQL text, never the parameters."""

import time
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, ExceptionContext, event

log = structlog.get_logger("haja.database")

LONGEST_TEXT = 1000
_STARTED = "haja_started"


def watch_engine(engine: Engine, seconds: float) -> None:
    """Log each statement that takes ``seconds`` or more, also if it then fails.

    The call's or task's id comes from the log context. With ``seconds`` of 0 or less, nothing is
    logged.
    """
    if seconds <= 0:
        return

    def begin(connection: Connection, *_rest: Any) -> None:
        connection.info[_STARTED] = time.perf_counter()

    def end(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        _note(connection, statement, seconds)

    def fail(context: ExceptionContext) -> None:
        if context.connection is not None and context.statement is not None:
            failed = type(context.original_exception).__name__
            _note(context.connection, context.statement, seconds, error=failed)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


def _note(connection: Connection, statement: str, limit: float, **more: str) -> None:
    started = connection.info.pop(_STARTED, None)
    if started is None:
        return
    took = time.perf_counter() - started
    if took >= limit:
        text = " ".join(statement.split())[:LONGEST_TEXT]
        log.warning("slow_query", seconds=round(took, 3), statement=text, **more)
