"""Escaping and redaction of log lines, whatever input they contain."""

import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

# Error messages of these packages contain parameters: texts and contact data of people.
_QUOTING = ("psycopg2", "sqlalchemy")
_ALLOWED_IN_EXCEPTION = frozenset("\n\t")


def escape_invisible(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: escapes line breaks, control characters and bidirectional controls.

    Only an exception's text, which has line breaks of Python's own, keeps them.
    """
    for name, value in entry.items():
        if isinstance(value, str) and not value.isprintable():
            allowed = _ALLOWED_IN_EXCEPTION if name == "exception" else frozenset()
            entry[name] = _escaped(value, allowed)
    return entry


def _escaped(text: str, allowed: frozenset[str]) -> str:
    return "".join(
        character if character.isprintable() or character in allowed else ascii(character)[1:-1]
        for character in text
    )


def format_exception(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None],
) -> str:
    """A traceback in which database errors have no messages."""
    found = traceback.TracebackException(*exc_info, compact=True)
    _remove_messages(found)
    return "".join(found.format()).rstrip("\n")


def _remove_messages(found: traceback.TracebackException | None) -> None:
    while found is not None:
        module = getattr(found.exc_type, "__module__", "")
        if module.partition(".")[0] in _QUOTING:
            # There is no public way to format without the message.
            found._str = "(left out: it may quote data)"  # type: ignore[attr-defined]
        _remove_messages(found.__cause__)
        found = found.__context__
