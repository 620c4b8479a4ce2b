"""The calls that clients send, as bytes: what people report, in Korean and English, short and long.

The web believes one hop of X-Forwarded-For, so each caller has an address of its own, and the limits
are the default ones.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from PIL import Image

DATA = Path(__file__).parents[1] / "training" / "data"
REQUESTS = "/api/requests"
JSON = {"Content-Type": "application/json"}
# What Chrome sends with a form, besides the form's own type.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language": "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Cache-Control": "max-age=0",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
    "Upgrade-Insecure-Requests": "1",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CALLS_PER_ADDRESS = 20  # of the 30 that one may send in a minute
_calls = count()
_BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


@lru_cache(maxsize=1)
def examples() -> tuple[dict[str, str], ...]:
    """The classifier's test set, Korean and English in turn: ``text, category, priority, language``."""
    both = [(DATA / name).read_text().splitlines() for name in ("test_ko.jsonl", "test_en.jsonl")]
    return tuple(json.loads(line) for pair in zip(*both, strict=False) for line in pair)


def texts() -> tuple[str, ...]:
    """Their words."""
    return tuple(one["text"] for one in examples())


@lru_cache(maxsize=1)
def reports() -> tuple[dict[str, str], ...]:
    """What callers report: one, two, four or eight sentences of a language."""
    return tuple(
        {
            "description": " ".join(islice(texts(), number, number + 2 ** (1 + number % 4), 2)),
            "location": "Building C, 4th floor, room 417" if number % 2 else "101동 1504호 거실",
            "contact_info": f"010-5550-{1200 + number}, tenant{number}@example.org",
        }
        for number in range(300)
    )


@lru_cache(maxsize=1)
def _json_bodies() -> tuple[bytes, ...]:
    return tuple(json.dumps(one, ensure_ascii=False).encode() for one in reports())


def json_call(number: int) -> bytes:
    """A program's report, with a key that was never used before."""
    bodies = _json_bodies()
    headers = {**JSON, "Idempotency-Key": secrets.token_hex(16), **caller()}
    return post(REQUESTS, bodies[number % len(bodies)], headers)


def form_call(number: int) -> bytes:
    """The same from a browser whose form has no photo in it."""
    return post(REQUESTS, urlencode(_fields(number)).encode(), {**FORM, **_browser()})


def photo_call(number: int) -> bytes:
    """The same with a photo."""
    body, kind = multipart(number, [_photo()])
    return post(REQUESTS, body, {**kind, **_browser()})


def multipart(number: int, photos: Sequence[bytes]) -> tuple[bytes, dict[str, str]]:
    """A form with photos as it travels, and the header that says so."""
    lines = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in _fields(number).items()
    ]
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="photos"; filename="leak.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    parts = [part for photo in photos for part in (head.encode(), photo, b"\r\n")]
    body = b"".join(["".join(lines).encode(), *parts, f"--{_BOUNDARY}--\r\n".encode()])
    return body, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


@lru_cache(maxsize=1)
def large_photo() -> bytes:
    """A JPEG of 15 MB, the most that one may have: what follows the picture is rubbish."""
    size = 15 * 2**20
    return _photo() + secrets.token_bytes(size - len(_photo()))


@lru_cache(maxsize=1)
def _photo() -> bytes:
    """A JPEG of 200 kB."""
    out = BytesIO()
    Image.effect_noise((520, 520), 60).save(out, "JPEG", quality=90)
    return out.getvalue()


def _fields(number: int) -> dict[str, str]:
    """As the form has them."""
    typed = {**reports()[number % len(reports())], "requester_name": "김하자"}
    return {"idempotency_key": str(uuid4()), "language": "ko", **typed}


def _browser() -> dict[str, str]:
    return {**BROWSER, **caller()}


def caller() -> dict[str, str]:
    """The header that names the caller's address: a new one after some calls."""
    number = next(_calls) // _CALLS_PER_ADDRESS
    return {"X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}


def get(path: str, headers: Mapping[str, str]) -> bytes:
    """A GET call."""
    return _head("GET", path, headers) + b"\r\n"


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A POST call; ``headers`` name the body's type."""
    return _head("POST", path, {**headers, "Content-Length": str(len(body))}) + b"\r\n" + body


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}".encode()
