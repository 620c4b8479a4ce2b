"""Secrets that nobody set: made once, kept in the data folder, never in production."""

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

FILE = "secrets.env"
ADMIN_EMAIL = "admin@example.com"  # a name that belongs to nobody, RFC 2606

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _make_vapid_key() -> str:
    """A private key for messages to browsers (RFC 8292): a random number on the curve P-256."""
    number = 1 + secrets.randbelow(_P256_ORDER - 1)
    return urlsafe_b64encode(number.to_bytes(32)).decode().rstrip("=")


_MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "JWT_SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "FLOWER_BASIC_AUTH": lambda: f"flower:{secrets.token_hex(12)}",
    "HAJA_ADMIN_PASSWORD": lambda: secrets.token_urlsafe(15),
    "VAPID_PRIVATE_KEY": _make_vapid_key,
}


def make_missing(environment: Mapping[str, str], data: Path) -> dict[str, str]:
    """The secrets that ``environment`` lacks, by variable; the same ones at every call.

    In production nothing is made: there the settings refuse to start and say what is missing.
    """
    if environment.get("HAJA_ENV") == "production":
        return {}
    kept = _read(data / FILE)
    missing = {name: make() for name, make in _MAKERS.items() if name not in kept}
    if missing:
        kept |= missing
        _write(data / FILE, kept)
    return {name: kept[name] for name in _MAKERS if not environment.get(name)}


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value for name, found, value in pairs if found and value}


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Atomically: a key that was lost half-way would end every session and signed link."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
