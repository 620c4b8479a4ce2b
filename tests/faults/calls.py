"""One HTTP call, with its duration and without retries."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """``seconds`` is how long the call took."""

    status: int
    headers: HTTPMessage
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(
    url: str,
    body: object = None,
    *,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
) -> Answer:
    """Call ``url`` once, with ``body`` as JSON; the answer may have any status.

    Raises:
        OSError: there is no answer within ``timeout`` seconds.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        request.add_header(name, value)
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            content = response.read()
            status, found = response.status, response.headers
    except urllib.error.HTTPError as error:
        with error:
            content = error.read()
            status, found = error.code, error.headers
    return Answer(status, found, content, time.perf_counter() - started)
