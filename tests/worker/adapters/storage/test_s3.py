"""The S3 storage: signed URLs, and every kind of failure."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from models.ports import PermanentError, TransientError
from tests.servers.s3_server import ACCOUNT, S3Server
from tests.worker.adapters.settings import make_settings
from worker.adapters.storage import s3 as s3_module
from worker.adapters.storage.s3 import S3Storage


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(s3_module, "READ_SECONDS", 0.5)


def _storage(url: str) -> S3Storage:
    return S3Storage(make_settings(s3_bucket="photos", aws_endpoint_url=url, **ACCOUNT))


@contextmanager
def _answering(status: int, code: str) -> Iterator[str]:
    """A server that gives one answer to everything."""
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (500, "InternalError", TransientError),
        (503, "SlowDown", TransientError),
        (502, "", TransientError),
        (429, "TooManyRequests", TransientError),
        (400, "RequestTimeout", TransientError),
        (403, "RequestTimeTooSkewed", TransientError),
        (403, "AccessDenied", PermanentError),
        (403, "InvalidAccessKeyId", PermanentError),
        (404, "NoSuchKey", PermanentError),
        (404, "NoSuchBucket", PermanentError),
        (400, "InvalidRequest", PermanentError),
    ],
)
def test_answers_are_sorted(status: int, code: str, expected: type[Exception]) -> None:
    with _answering(status, code) as url, pytest.raises(expected):
        _storage(url).get("a/b")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(TransientError):
        _storage(f"http://127.0.0.1:{port}").put("a/b", b"x", "image/jpeg")


def test_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        storage = _storage(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(TransientError):
            storage.get("a/b")


def test_a_missing_bucket_is_not_made(s3_server: S3Server) -> None:
    storage = S3Storage(s3_server.settings("never-made"))
    for call in (storage.check, lambda: storage.put("a", b"x", "image/jpeg")):
        with pytest.raises(PermanentError):
            call()


def test_a_signed_address_serves_the_object(s3: S3Storage) -> None:
    s3.put("a/b.avif", b"picture", "image/avif")
    url = s3.signed_url("a/b.avif", seconds=60)
    assert url is not None and "X-Amz-Expires=60" in url
    with urlopen(url, timeout=10) as answer:
        assert answer.read() == b"picture"
        assert answer.headers["Content-Type"] == "image/avif"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_signed_address_of_nothing(s3: S3Storage) -> None:
    url = s3.signed_url("a/none.avif", seconds=60)
    assert url is not None
    with pytest.raises(HTTPError) as caught:
        urlopen(url, timeout=10)
    caught.value.close()
    assert caught.value.code == 404
