"""How the threads of a room share the C library's heaps."""

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8  # mallopt(3), glibc
HEAPS = 2


def share_heaps() -> None:
    """Let all threads of this process share two heaps, where the C library knows how.

    glibc gives each thread one of its own, up to eight for each core, and each keeps what was once
    needed there. Python asks for memory one thread at a time anyway.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, HEAPS)
