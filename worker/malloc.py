"""Memory that the C library keeps beyond what a worker needs."""

import ctypes
import gc
from contextlib import suppress

_M_ARENA_MAX = -8  # mallopt(3), glibc
HEAPS = 2


def limit_malloc_arenas() -> None:
    """Let all threads of this process share two heaps, where the C library knows how.

    glibc gives each thread one of its own, up to eight for each core, and each keeps what was once
    needed there. Python asks for memory one thread at a time anyway.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, HEAPS)


def trim_memory() -> None:
    """After loading something large: its scaffolding goes back to the system, where the C library
    knows how (malloc_trim(3), glibc). Takes some milliseconds."""
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
