"""Requesters and operators who repeat each call until they get a clear answer."""

import base64
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from tests.faults.stack import OPERATOR

ANSWER_SECONDS = 8.0
FAULTS = (
    "화장실 천장에서 물이 새요",
    "엘리베이터가 3층에서 멈췄습니다",
    "The radiator in room {n} is cold since yesterday",
    "복도 전등이 {n}일째 깜박거려요",
    "Door lock of unit {n} does not open any more",
    "주방에 바퀴벌레가 나와요 ({n}호)",
)


@dataclass
class ClientLog:
    """What the clients have done: keys that they used, and the ids that they got with a 201."""

    begun: set[str] = field(default_factory=set)
    accepted: dict[str, int] = field(default_factory=dict)
    with_mail: set[str] = field(default_factory=set)
    photos: dict[str, int] = field(default_factory=dict)
    patched: dict[int, str] = field(default_factory=dict)
    unclear: int = 0  # answers after which a call was repeated
    reasons: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def make_photo(chance: random.Random) -> bytes:
    """A small JPEG that differs from all others."""
    image = Image.effect_noise((96, 64), chance.randint(20, 90)).convert("RGB")
    image.putpixel((0, 0), (chance.randrange(256), chance.randrange(256), chance.randrange(256)))
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


class Client(threading.Thread):
    """Posts at ``rate`` a second until ``stop``; each post is repeated until it is answered."""

    def __init__(self, url: str, client_log: ClientLog, *, rate: float, seed: int) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._log = client_log
        self._pause = 1 / rate
        self._chance = random.Random(seed)
        self._stop_posting = threading.Event()
        self._give_up = threading.Event()
        self._access = ""

    def stop(self) -> None:
        """Begin no new call; the present one is still repeated until it is answered."""
        self._stop_posting.set()

    def give_up(self) -> None:
        self._stop_posting.set()
        self._give_up.set()

    def run(self) -> None:
        due = time.monotonic()
        while not self._stop_posting.is_set():
            self._submit()
            due = max(due + self._pause, time.monotonic() - 1)
            self._stop_posting.wait(max(0.0, due - time.monotonic()))

    def _submit(self) -> None:
        key = uuid.uuid4().hex
        body, content_type = self._compose(key)
        with self._log.lock:
            self._log.begun.add(key)
        answer = self._insist("POST", "/api/requests", body, content_type, {"Idempotency-Key": key})
        if answer is None:
            return
        with self._log.lock:
            self._log.accepted[key] = int(answer["id"])
        if self._chance.random() < 0.15:
            self._patch(int(answer["id"]))

    def _compose(self, key: str) -> tuple[bytes, str]:
        fields = {
            "description": self._chance.choice(FAULTS).format(n=self._chance.randrange(100, 999)),
            "location": f"{self._chance.choice('ABCD')}동",
            "language": self._chance.choice(["ko", "en"]),
        }
        if self._chance.random() < 0.7:
            fields["contact_info"] = f"r-{key[:12]}@example.com"
            self._log.with_mail.add(key)
        if self._chance.random() < 0.12:
            self._log.photos[key] = 1
            return _multipart(fields, make_photo(self._chance))
        return json.dumps(fields).encode(), "application/json"

    def _patch(self, request_id: int) -> None:
        status = self._chance.choice(["in_progress", "completed", "on_hold"])
        headers = {"Authorization": f"Bearer {self._token()}"}
        body = json.dumps({"status": status}).encode()
        answer = self._insist(
            "PATCH", f"/api/requests/{request_id}", body, "application/json", headers
        )
        if answer is not None:
            with self._log.lock:
                self._log.patched[request_id] = status

    def _token(self) -> str:
        """Requested once: it is valid for longer than a storm, and logins are rate-limited."""
        while not self._access and not self._give_up.is_set():
            body = json.dumps({"username": OPERATOR[0], "password": OPERATOR[1]}).encode()
            answer = self._insist("POST", "/token", body, "application/json", {})
            if answer is not None:
                self._access = str(answer["access_token"])
        return self._access

    def _insist(
        self, method: str, path: str, body: bytes, content_type: str, headers: dict[str, str]
    ) -> dict[str, Any] | None:
        """Repeat until a 2xx; None after giving up, or if the call is refused for good."""
        while not self._give_up.is_set():
            request = urllib.request.Request(
                self._url + path,
                data=body,
                method=method,
                headers={"Content-Type": content_type, "Accept": "application/json", **headers},
            )
            started = time.perf_counter()
            try:
                with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
                    answer: dict[str, Any] = json.load(response)
                self._log.latencies.append(time.perf_counter() - started)
                return answer
            except urllib.error.HTTPError as error:
                reason = f"{method} {path}: {error.code}"
                if 400 <= error.code < 500 and error.code != 429:
                    problem = error.read().decode(errors="replace")[:200]
                    self._log.refused.append(f"{method} {path}: {error.code} {problem}")
                    return None
            except (OSError, ValueError, EOFError) as error:
                reason = f"{method} {path}: {error!r}"
            except Exception as error:
                if not type(error).__module__.startswith("http"):
                    raise
                reason = f"{method} {path}: {error!r}"
            self._log.unclear += 1
            self._log.reasons[reason] += 1
            self._give_up.wait(self._chance.uniform(0.1, 0.5))
        return None


def _multipart(fields: dict[str, str], photo: bytes) -> tuple[bytes, str]:
    boundary = base64.b16encode(random.randbytes(12)).decode()
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode()
        + photo
        + f"\r\n--{boundary}--\r\n".encode()
    )
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"
