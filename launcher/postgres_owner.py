"""As whom PostgreSQL runs: ourselves, or, because it refuses root, somebody without rights."""

import os
import pwd
from pathlib import Path
from typing import NamedTuple

from launcher.server import ServerError


class Owner(NamedTuple):
    """``user`` is what ``launcher/child.py`` wants; ids of -1 mean ourselves."""

    user: str
    uid: int = -1
    gid: int = -1

    def take(self, folder: Path) -> None:
        """Make this owner the folder's."""
        if self.uid >= 0:
            os.chown(folder, self.uid, self.gid)


OURSELVES = Owner("-")


def choose_owner(data: Path) -> Owner:
    """Ourselves; as root the owner of an existing cluster, else ``nobody``.

    Raises:
        ServerError: the cluster belongs to somebody else and we are not root.
    """
    if os.geteuid() == 0:
        return _beside_root(data)
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise ServerError(
            f"{data} belongs to another user: start as that user or as root, "
            "or choose another HAJA_DATA_DIR"
        )
    return OURSELVES


def _beside_root(data: Path) -> Owner:
    if data.exists() and data.stat().st_uid != 0:
        status = data.stat()
        return _with_rights(status.st_uid, status.st_gid)
    return _with_rights(*_nobody())


def _nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _with_rights(uid: int, gid: int) -> Owner:
    return Owner(f"{uid}:{gid}+", uid, gid)
