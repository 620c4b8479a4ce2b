"""The Idempotency-Key header: a call that is repeated with it makes nothing new."""

import re

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def is_key(text: str) -> bool:
    """Whether it is 1 to 255 printable ASCII characters without spaces."""
    return _KEY.fullmatch(text) is not None
