"""What a page of an operator's tells: the request that it shows, and whether somebody writes."""

from typing import NamedTuple

import orjson

KIND = "presence"
WRITING = ("", "note", "reply")
_HIGHEST_ID = 2**63 - 1


class Look(NamedTuple):
    """``request_id`` is None for a page that shows no request; ``writing`` is one of ``WRITING``."""

    request_id: int | None = None
    writing: str = ""


def read_look(frame: str | bytes) -> Look | None:
    """None if the frame says something else, or makes no sense."""
    try:
        told = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or told.get("type") != KIND:
        return None
    request_id, writing = told.get("request_id"), told.get("writing", "")
    if request_id is None:
        return Look()
    is_id = type(request_id) is int and 0 < request_id <= _HIGHEST_ID
    return Look(request_id, writing) if is_id and writing in WRITING else None
