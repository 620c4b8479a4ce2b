"""The environment that every process gets: what people set, and one-machine defaults."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dotenv import dotenv_values

from config.settings import SettingsError, get_settings
from launcher.credentials import ADMIN_EMAIL
from launcher.ports import chosen_ports

ROOT = Path(__file__).resolve().parent.parent


def compose(root: Path, real: Mapping[str, str]) -> dict[str, str]:
    """The real environment over ``.env`` over the defaults; an empty value means "not set".

    Raises:
        PortError: a port is none, or two are the same.
        SettingsError: there is no folder for data.
    """
    from_file = {name: value for name, value in dotenv_values(root / ".env").items() if value}
    environment = from_file | {name: value for name, value in real.items() if value}
    for name, port in chosen_ports(environment).items():
        environment[name] = str(port)
    environment["HAJA_DATA_DIR"] = str(root / _data_dir(environment))
    if environment.get("HAJA_ENV") != "production":
        environment.setdefault("PUBLIC_URL", f"http://localhost:{environment['PORT']}")
        environment.setdefault("HAJA_ADMIN_EMAIL", ADMIN_EMAIL)
    programs = str(Path(sys.executable).parent)
    environment["PATH"] = f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}"
    environment["PYTHONUNBUFFERED"] = "1"  # each line reaches the terminal as it is printed
    # Celery warns in every worker about what whoever started us as root has chosen.
    environment.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser")
    return environment


def check_settings(environment: Mapping[str, str]) -> None:
    """Hold what will be started against the settings, before anything is started.

    Raises:
        SettingsError: with one line for each variable that is missing or wrong.
    """
    later = {"DATABASE_URL": "postgresql://later/later", "REDIS_URL": "redis://later"}
    with _as_environment(later | dict(environment)):
        get_settings.cache_clear()
        get_settings()
        get_settings.cache_clear()


def _data_dir(environment: Mapping[str, str]) -> Path:
    """Looked at before the other settings: the launcher keeps its own files there."""
    try:
        return Path(environment.get("HAJA_DATA_DIR") or "var").expanduser()
    except RuntimeError:
        raise SettingsError("HAJA_DATA_DIR is the folder of a user who is none") from None


@contextmanager
def _as_environment(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
