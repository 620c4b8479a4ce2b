"""One launcher for one data folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LockedError(Exception):
    """Another launcher works on this data folder; the message is one line."""


@contextmanager
def hold(data: Path) -> Iterator[None]:
    """Keep the folder for ourselves; the kernel lets go when we die, however we die.

    Raises:
        LockedError: somebody else holds it.
    """
    path = data / "run" / "lock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(
                f"이미 {data}에서 하자가 돌고 있습니다 · Haja already runs on {data}: "
                "stop it first, or choose another HAJA_DATA_DIR"
            ) from None
        yield
