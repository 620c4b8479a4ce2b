"""Valid keys of objects: the same in every storage, so that photos can be moved to another."""

import re

from models.ports import PermanentError

KEY_LIMIT = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")


def require_key(key: str) -> str:
    """``key``, if it is a relative path of plain names (``photos/12/large.avif``).

    Raises:
        PermanentError: it is too long, empty, hidden, or a path out of the storage.
    """
    plain = all(_SEGMENT.fullmatch(segment) for segment in key.split("/"))
    if not plain or len(key) > KEY_LIMIT:
        raise PermanentError(f"no such key is possible: {key[:80]!r}")
    return key
