"""Entries of a queue that are no valid messages: each kind as raw bytes."""

import base64
import json
import pickle
from typing import Any


def _entry(body: object = None, **changes: Any) -> bytes:
    """A message as kombu writes it, with some parts of its envelope replaced."""
    if not isinstance(body, str):
        text = json.dumps([[[1], 0], {}, {}] if body is None else body)
        body = base64.b64encode(text.encode()).decode()
    envelope: dict[str, Any] = {
        "body": body,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "triage.categorize_request", "id": "garbage"},
        "properties": {
            "correlation_id": "garbage",
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "triage"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": "garbage",
        },
    }
    for name, value in changes.items():
        part, _, key = name.partition("__")
        part = part.replace("_", "-")
        if key:
            envelope[part][key] = value
        else:
            envelope[part] = value
    return json.dumps(envelope).encode()


GARBAGE: dict[str, bytes] = {
    "not JSON": b"hello",
    "empty": b"",
    "binary": bytes(range(256)),
    "JSON list": b"[1, 2]",
    "JSON null": b"null",
    "JSON number": b"7",
    "empty object": b"{}",
    "nested without end": b"[" * 100_000,
    "no delivery tag": _entry(properties={}),
    "unhashable delivery tag": _entry(properties__delivery_tag=[]),
    "properties are a list": _entry(properties=[]),
    "headers are a list": _entry(headers=[1]),
    "headers are null": _entry(headers=None),
    "bad base64": _entry("%%%not-base64"),
    "unknown encoding": _entry(properties__body_encoding="rot13"),
    "body is no JSON": _entry(base64.b64encode(b"{").decode()),
    "pickle": _entry(
        base64.b64encode(pickle.dumps([[[1], 0], {}, {}])).decode(),
        content_type="application/x-python-serialize",
        content_encoding="binary",
    ),
    "unknown content type": _entry(content_type="application/x-nothing"),
    "unknown task": _entry(headers__task="triage.nothing"),
    "task of no name": _entry(headers__task=None),
    "task is a list": _entry(headers__task=[]),
    "no id": _entry(headers={"task": "triage.categorize_request"}),
    "bad time": _entry(headers__eta="tomorrow"),
    "bad expiry": _entry(headers__expires="never"),
    "bad time limit": _entry(headers__timelimit="long"),
    "time limits of words": _entry(headers__timelimit=["a", "b"]),
    "bad retries": _entry(headers__retries="many"),
    "too many arguments": _entry([[1, 2, 3, 4], {}, {}]),
    "no arguments": _entry([[], {}, {}]),
    "wrong kind of arguments": _entry([["x", {"y": 1}], {}, {}]),
    "arguments are a number": _entry(5),
    "arguments are null": _entry([None, None, None]),
    "chain of rubbish": _entry([[[1], 0], {}, {"chain": "rubbish"}]),
    "compression unknown": _entry(headers__compression="application/x-nothing"),
    "reply to nowhere": _entry(properties__reply_to=[1]),
}
