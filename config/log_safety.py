"""What keeps a log readable and harmless, whatever was in the data that led to its lines."""

import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

# The database driver puts values into its messages: what people wrote, and whom they are.
_TELLTALES = ("psycopg2", "sqlalchemy")
_KEPT = frozenset("\n\t")


def escape_invisible(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Line breaks, escape sequences and letters that turn the direction are written out.

    Only an exception's text, which Python itself breaks into lines, keeps its line breaks.
    """
    for name, value in entry.items():
        if isinstance(value, str) and not value.isprintable():
            entry[name] = _escaped(value, _KEPT if name == "exception" else frozenset())
    return entry


def _escaped(text: str, kept: frozenset[str]) -> str:
    return "".join(
        letter if letter.isprintable() or letter in kept else ascii(letter)[1:-1] for letter in text
    )


def format_exception(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None],
) -> str:
    """A traceback whose database errors are named without their messages."""
    found = traceback.TracebackException(*exc_info, compact=True)
    _forget_messages(found)
    return "".join(found.format()).rstrip("\n")


def _forget_messages(found: traceback.TracebackException | None) -> None:
    while found is not None:
        module = getattr(found.exc_type, "__module__", "")
        if module.partition(".")[0] in _TELLTALES:
            # There is no public way to format without the message.
            found._str = "(left out: it may quote data)"  # type: ignore[attr-defined]
        _forget_messages(found.__cause__)
        found = found.__context__
