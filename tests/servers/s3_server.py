"""A real HTTP server that speaks S3 (moto), on loopback, with buckets of its own."""

from typing import Any, Self

import boto3
from moto.server import ThreadedMotoServer

from tests.worker.adapters.settings import make_settings

ACCOUNT = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
REGION = "ap-northeast-2"


class S3Server:
    """``with S3Server() as server: server.make_bucket("photos")``."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        host, port = self._server.get_host_and_port()
        return f"http://{host}:{port}"

    def make_bucket(self, name: str) -> None:
        client = boto3.client("s3", endpoint_url=self.url, region_name=REGION, **ACCOUNT)
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        client.close()

    def settings(self, bucket: str, **given: Any) -> Any:
        """Settings under which Haja keeps its photos in ``bucket`` of this server."""
        usual = {"s3_bucket": bucket, "aws_endpoint_url": self.url, "aws_region": REGION}
        return make_settings(**(usual | ACCOUNT | given))
