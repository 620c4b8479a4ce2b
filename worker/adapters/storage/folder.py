"""Photos in a folder of one machine, which is used if no bucket is set."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.settings import Settings
from models.ports import PermanentError, StoredObject, TransientError
from worker.adapters.storage.key import require_key

# Retries do not help: wrong permissions, or a file where a folder should be.
_PERMANENT = (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError)


class FolderStorage:
    """Each object is one file, written completely or not at all; a hidden file beside it has its
    content type."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.haja_data_dir / "photos"

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """See :meth:`models.ports.PhotoStorage.put`."""
        path = self._path(key)
        with _sorted(key):
            _make_folder(path.parent)
            # The type first, so that an object that exists always has one.
            _write(_type_path(path), content_type.encode())
            _write(path, content)

    def get(self, key: str) -> StoredObject:
        """See :meth:`models.ports.PhotoStorage.get`."""
        path = self._path(key)
        with _sorted(key):
            return StoredObject(path.read_bytes(), _type_path(path).read_text())

    def delete(self, key: str) -> None:
        """See :meth:`models.ports.PhotoStorage.delete`."""
        path = self._path(key)
        with _sorted(key):
            if path.parent.is_dir():
                path.unlink(missing_ok=True)
                _type_path(path).unlink(missing_ok=True)
                _sync_folder(path.parent)

    def signed_url(self, key: str, *, seconds: int) -> str | None:  # noqa: ARG002 - the port's
        """None: the web process serves a folder's bytes."""
        require_key(key)
        return None

    def check(self) -> None:
        """See :meth:`models.ports.PhotoStorage.check`."""
        self.put("_probe", b"haja", "text/plain")

    def _path(self, key: str) -> Path:
        return self._root / require_key(key)


def _type_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.type")


def _write(path: Path, content: bytes) -> None:
    """Write a temporary file, fsync it and rename it, so that neither a reader nor a crash leaves
    half a file."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(beside, "xb", opener=_open_privately) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make_folder(folder: Path) -> None:
    """``mkdir -p``, with an fsync of each parent folder, so that the new folders are durable."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)  # photos are for who may see their request
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _sorted(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise PermanentError(f"no object {key!r}") from error
    except _PERMANENT as error:
        raise PermanentError(f"the photo folder refuses {key!r}: {error.strerror}") from error
    except OSError as error:  # a full disk or a device error, which somebody may repair
        raise TransientError(f"the photo folder fails for {key!r}: {error.strerror}") from error
