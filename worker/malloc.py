"""Reducing the memory that the C library keeps but a worker does not need."""

import ctypes
import gc
from contextlib import suppress

_M_ARENA_MAX = -8  # mallopt(3), glibc
ARENAS = 2


def limit_malloc_arenas() -> None:
    """Make all threads of this process share two malloc arenas (glibc only).

    glibc gives each thread its own arena, up to eight per core, and each keeps the memory that was
    once used in it. Python allocates in one thread at a time anyway.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


def trim_memory() -> None:
    """Return unused memory to the system after loading something large (malloc_trim(3), glibc only).
    Takes some milliseconds."""
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
