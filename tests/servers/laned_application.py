"""A WSGI application with a lane that does what a call's body says, and tells what it was told."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from config.front_door.calls import COUNTED, FAILED, LANES, Answer, Call

CLOSED = "/closed"  # a path that the lane does not take


class Lane:
    clerks = 1

    def takes(self, environment: dict[str, Any]) -> bool:
        return str(environment["PATH_INFO"]) != CLOSED

    def answer(self, calls: Sequence[Call]) -> tuple[list[Answer | None], Exception | None]:
        """As the first of the bodies says."""
        wish = calls[0].body
        if wish == b"slow outage":
            time.sleep(1.0)  # others come meanwhile
            for call in calls:
                call.environment |= {COUNTED: True, FAILED: KeyError("first")}
            return [None] * len(calls), KeyError("all")
        if wish == b"cut":
            for call in calls:
                call.environment |= {COUNTED: True, FAILED: KeyError("cut")}
            return [None] * len(calls), KeyError("all")
        if wish == b"mistake":
            raise ValueError("a mistake in the lane")
        if wish == b"step aside":
            return [None] * len(calls), None
        body = json.dumps({"lane": len(calls)}).encode()
        headers = [("Content-Length", str(len(body)))]
        return [Answer("200 OK", headers, body)] * len(calls), None


class Application:
    def __init__(self) -> None:
        self.extensions = {LANES: [Lane()]}

    def __call__(
        self, environment: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        said = {name: repr(environment[name]) for name in (COUNTED, FAILED) if name in environment}
        said["body"] = environment["wsgi.input"].read().decode()
        body = json.dumps(said).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


application = Application()
