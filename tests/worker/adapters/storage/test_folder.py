"""The folder storage: no half files, no temporary files, and the classes of its errors."""

import errno
import os
from pathlib import Path

import pytest

from models.ports import PermanentError, TransientError
from tests.worker.adapters.settings import make_settings
from worker.adapters.storage.folder import FolderStorage


def test_a_folder_has_no_signed_urls(folder: FolderStorage) -> None:
    assert folder.signed_url("a/b", seconds=60) is None


def test_photos_are_nobody_elses(folder: FolderStorage, tmp_path: Path) -> None:
    folder.put("a/b.jpeg", b"x", "image/jpeg")
    photos = tmp_path / "data/photos"
    assert [path for path in (photos, *photos.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_no_temporary_files_remain(folder: FolderStorage, tmp_path: Path) -> None:
    folder.put("a/b.jpeg", b"x", "image/jpeg")
    names = sorted(path.name for path in (tmp_path / "data/photos/a").iterdir())
    assert names == [".b.jpeg.type", "b.jpeg"]
    folder.delete("a/b.jpeg")
    assert list((tmp_path / "data/photos/a").iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_write_that_fails_leaves_the_old_object(
    folder: FolderStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    folder.put("a/b.jpeg", b"old", "image/jpeg")

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(TransientError):
            folder.put("a/b.jpeg", b"new", "image/jpeg")
    assert folder.get("a/b.jpeg").content == b"old"
    assert not any(path.suffix == ".tmp" for path in (tmp_path / "data/photos/a").iterdir())


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("no folder")
    storage = FolderStorage(make_settings(haja_data_dir=tmp_path))
    with pytest.raises(PermanentError):
        storage.check()
