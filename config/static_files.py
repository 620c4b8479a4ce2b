"""The pages' static files, and the hash that stands in their addresses."""

import hashlib
from functools import lru_cache
from pathlib import Path

STATIC_FOLDER = Path(__file__).parents[1] / "web" / "static"
_LENGTH = 12


@lru_cache(maxsize=1)
def static_version() -> str:
    """Twelve hex digits of a hash over all files: what web and gateway of one release agree on."""
    digest = hashlib.sha256()
    for path in sorted(STATIC_FOLDER.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC_FOLDER).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:_LENGTH]


def static_path(name: str) -> str:
    """The path of a file under ``web/static``: what it names never changes."""
    return f"/static/{static_version()}/{name}"
