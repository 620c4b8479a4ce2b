"""Which submissions are the same call sent again: they make nothing new.

A key belongs to its caller: somebody else's equal key is another key, so nobody can take a key
before its owner uses it, or be shown what another caller sent under it.
"""

import re

from flask import request

from config.networks import network_of
from models.user import Person
from web.http.parsing import field_problem

# By the gateway for each call: a call that it sends to a second web process, because the first one
# did not answer, carries the same.
ATTEMPT = "X-Gateway-Call"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_MARK = re.compile(r"[\w-]{20,64}", re.ASCII)
# As our pages make them: 122 random bits (RFC 9562, section 5.4).
_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def read_key(user: Person | None, *, link: str = "") -> tuple[str | None, bool]:
    """The key of this call as it is stored, and whether the caller chose it. Whoever has a request's
    ``link`` is one caller, wherever they are: a telephone changes its address between two taps.

    It comes in the header ``Idempotency-Key``; a browser's form carries it as a hidden field. There
    it is random: nobody else can know it, so it needs no other owner and holds wherever the form is
    sent from, a draft that waited in a pocket and a frame on another site included.

    Raises:
        Problem: it is not 1 to 255 printable ASCII characters without spaces.
    """
    key = request.headers.get("Idempotency-Key")
    is_hidden = key is None and bool(request.form)
    if is_hidden:
        key = request.form.get("idempotency_key") or None
    if key is not None:
        if not _KEY.fullmatch(key):
            raise field_problem("Idempotency-Key", "key_length")
        is_random = is_hidden and bool(_RANDOM.fullmatch(key))
        owner = f"link:{link}" if link else _owner(user, is_random=is_random)
        return f"{owner}:{key}", True
    attempt = request.headers.get(ATTEMPT, "")
    return (f"attempt:{attempt}" if _MARK.fullmatch(attempt) else None), False


def _owner(user: Person | None, *, is_random: bool) -> str:
    if user is not None:
        return f"user:{user.id}"
    return "form" if is_random else f"address:{network_of(request.remote_addr)}"
