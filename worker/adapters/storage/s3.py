"""Photos in an S3 bucket, or in any storage with the S3 API (``AWS_ENDPOINT_URL``)."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from config.settings import Settings
from models.ports import PermanentError, StoredObject
from worker.adapters.storage.key import require_key
from worker.adapters.storage.s3_errors import sorted_error

CONNECT_SECONDS = 3
READ_SECONDS = 10
ATTEMPTS = 2  # for a dropped connection; other failures are retried as whole steps
PRIVATE_FOR_A_YEAR = "private, max-age=31536000, immutable"  # a key never changes its content


class S3Storage:
    """Each photo file is one object of the bucket, which must exist and stay private.

    Safe to share between threads. The client is created on first use, after a worker's fork.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bucket = settings.s3_bucket
        self._lock = Lock()
        self._made_client: Any = None

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """See :meth:`models.ports.PhotoStorage.put`."""
        require_key(key)
        with _sorted(key):
            self._client().put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType=content_type,
                CacheControl=PRIVATE_FOR_A_YEAR,
            )

    def get(self, key: str) -> StoredObject:
        """See :meth:`models.ports.PhotoStorage.get`."""
        require_key(key)
        with _sorted(key):
            answer = self._client().get_object(Bucket=self._bucket, Key=key)
            with answer["Body"] as body:
                return StoredObject(body.read(), answer["ContentType"])

    def delete(self, key: str) -> None:
        """See :meth:`models.ports.PhotoStorage.delete`."""
        require_key(key)
        with _sorted(key):
            self._client().delete_object(Bucket=self._bucket, Key=key)

    def signed_url(self, key: str, *, seconds: int) -> str | None:
        """A URL for GET that works for ``seconds``; it is computed without a call to S3.

        ``CDN_URL`` is not used, because with a CDN the bucket would have to be public.
        """
        require_key(key)
        with _sorted(key):
            url: str = self._client().generate_presigned_url(
                "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
            )
            return url

    def check(self) -> None:
        """See :meth:`models.ports.PhotoStorage.check`; does not create the bucket."""
        with _sorted(self._bucket):
            self._client().head_bucket(Bucket=self._bucket)
        self.put("_probe", b"haja", "text/plain")

    def _client(self) -> Any:
        with self._lock:  # creating a client is not thread-safe; using one is
            if self._made_client is None:
                self._made_client = _make_client(self._settings)
            return self._made_client


def _make_client(settings: Settings) -> Any:
    session = boto3.session.Session(  # None: what the machine's role or boto's own files say
        aws_access_key_id=settings.aws_access_key_id or None,
        aws_secret_access_key=settings.aws_secret_access_key or None,
        region_name=settings.aws_region,
    )
    return session.client("s3", endpoint_url=settings.aws_endpoint_url or None, config=_config())


def _config() -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        signature_version="s3v4",
        # Many servers with the S3 API do not support the newer trailing checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


@contextmanager
def _sorted(key: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise sorted_error(error, key) from error
    except ValueError as error:  # boto raises it for an endpoint that is no URL
        raise PermanentError(f"S3 is not set up rightly: {error}") from error
