"""A small client over the standard library: one answer per call, errors are answers too."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import encode_multipart

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _KeepRedirects())


def call(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class Api:
    """Calls below one address, with or without somebody's token."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.token = token

    def _headers(self, given: dict[str, str] | None) -> dict[str, str]:
        login = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return login | (given or {})

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return call("GET", self.url + path, None, self._headers(headers))

    def send(
        self, method: str, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> Answer:
        """``body`` as JSON."""
        kind = {"Content-Type": "application/json"}
        data = json.dumps(body).encode()
        return call(method, self.url + path, data, self._headers(kind | (headers or {})))

    def post_form(self, path: str, words: dict[str, str]) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return call("POST", self.url + path, urlencode(words).encode(), self._headers(kind))

    def post_files(self, path: str, words: dict[str, Any]) -> Answer:
        boundary, body = encode_multipart(words)
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return call("POST", self.url + path, body, self._headers(kind))

    def log_in(self, username: str, password: str) -> "Api":
        answer = self.post_form("/token", {"username": username, "password": password})
        assert answer.status == 200, answer.body
        return Api(self.url, answer.json["access_token"])
