"""Waits until everything answers, then says once where it is."""

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from config.networks import reachable_host
from launcher.output import Output

ASK_EVERY, FIRST_COMPLAINT = 0.5, 90.0
# Beat is not among them: its first sign of life comes with its first tick.
NEEDED = ("database", "dispatcher", "broker", "live")
HOST = "127.0.0.1"


def announce(environment: Mapping[str, str], made: Mapping[str, str], output: Output) -> None:
    """Print progress until gateway, web, workers and Flower answer, then the addresses. ``made`` are the
    credentials that the launcher invented: only those are shown."""
    waiting: list[str] | None = None
    started = time.monotonic()
    while (missing := _missing(environment)) != []:
        if missing != waiting:
            output.plain(f"haja: 기다리는 중 · waiting for: {', '.join(missing)}")
            waiting = missing
        if time.monotonic() - started > FIRST_COMPLAINT:
            output.plain(f"haja: 아직 · still not there: {', '.join(missing)}; see the lines above")
            started = time.monotonic()
        time.sleep(ASK_EVERY)
    output.plain(ready_message(environment, made))


def _missing(environment: Mapping[str, str]) -> list[str]:
    host = reachable_host(environment.get("BIND", HOST))
    missing = missing_parts(ask(f"http://{host}:{environment['WEB_PORT']}/readyz"))
    if ask(f"http://{host}:{environment['FLOWER_PORT']}/flower/healthcheck") is None:
        missing.append("flower")
    if not listens(int(environment["PORT"])):
        missing.append("gateway")
    return missing


def listens(port: int) -> bool:
    """Whether somebody does; what it speaks, and for which names, only the settings know."""
    try:
        socket.create_connection((HOST, port), 5).close()
    except OSError:
        return False
    return True


def missing_parts(report: Any) -> list[str]:
    """The parts of a /readyz answer that are not there yet: of those that must run here."""
    if not isinstance(report, dict):
        return ["web"]
    parts = report.get("parts", {})
    missing = [name for name in NEEDED if parts.get(name, {}).get("state") != "ok"]
    queues = parts.get("workers", {}).get("queues", {})
    return missing + [
        f"workers: {queue}" for queue, part in queues.items() if part["state"] != "ok"
    ]


def ask(url: str) -> Any:
    """The JSON of ``url``, its text when it is none, or None when nothing fit answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            text = answer.read().decode()
    except (OSError, urllib.error.URLError, ValueError):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def ready_message(environment: Mapping[str, str], made: Mapping[str, str]) -> str:
    base = environment["PUBLIC_URL"].rstrip("/")
    rows = [
        ("신청 · Form", f"{base}/"),
        ("업무 · Desk", f"{base}/desk{_admin(environment, made)}"),
        ("Flower", f"{base}/flower/{_flower(made)}"),
        ("메일 · Mails", _mails(environment, base)),
        ("자료 · Data", environment["HAJA_DATA_DIR"]),
    ]
    lines = "\n".join(f"  {name}\t{value}" for name, value in rows)
    return f"\nhaja: 준비됐습니다 · ready\n\n{lines}\n\n  끝내기 · stop: Ctrl-C\n"


def _admin(environment: Mapping[str, str], made: Mapping[str, str]) -> str:
    if "HAJA_ADMIN_PASSWORD" not in made:
        return ""
    return f"   {environment['HAJA_ADMIN_EMAIL']} / {made['HAJA_ADMIN_PASSWORD']}"


def _flower(made: Mapping[str, str]) -> str:
    login = made.get("FLOWER_BASIC_AUTH", "")
    return f"   {login.replace(':', ' / ', 1)}" if login else ""


def _mails(environment: Mapping[str, str], base: str) -> str:
    if "HAJA_INBOX" not in environment:
        return f"{environment['MAIL_SERVER']}:{environment.get('MAIL_PORT', '')}"
    if environment.get("HAJA_ENV") == "production":  # the page is not there
        return environment["HAJA_INBOX"]
    return f"{base}/dev/inbox   {environment['HAJA_INBOX']}"
