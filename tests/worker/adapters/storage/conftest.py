from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from models.ports import PhotoStorage
from tests.servers.s3_server import S3Server
from tests.worker.adapters.settings import make_settings
from worker.adapters.storage.folder import FolderStorage
from worker.adapters.storage.s3 import S3Storage


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> FolderStorage:
    return FolderStorage(make_settings(haja_data_dir=tmp_path / "data"))


@pytest.fixture
def s3(s3_server: S3Server) -> S3Storage:
    bucket = f"haja-{uuid4().hex}"
    s3_server.make_bucket(bucket)
    return S3Storage(s3_server.settings(bucket))


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest) -> PhotoStorage:
    """Each storage in turn, because the port has the same rules for all."""
    found: PhotoStorage = request.getfixturevalue(request.param)
    return found
