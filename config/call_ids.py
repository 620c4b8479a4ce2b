"""The id of one call, by which its answer, its log lines and the work that it caused are found."""

import re
import secrets

_HARMLESS = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def call_id(given: str) -> str:
    """A caller's own id is kept if it is harmless to repeat in headers and logs."""
    return given if _HARMLESS.fullmatch(given) else secrets.token_hex(16)
