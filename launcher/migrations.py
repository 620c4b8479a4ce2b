"""Whether the models say what the migrations make, on a PostgreSQL of a moment."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from launcher.environment import ROOT
from launcher.postgres import PostgresServer

_FLASK = [sys.executable, "-m", "flask", "--app", "web:create_app", "db"]
_FOLDER = ["--directory", "models/migrations"]


def check() -> int:
    """Upgrade an empty database and compare; returns the exit code of the first that fails."""
    with tempfile.TemporaryDirectory(prefix="haja-") as folder:
        with PostgresServer(Path(folder), settings={"fsync": "off"}) as server:
            environment = os.environ | {
                "DATABASE_URL": server.url,
                "REDIS_URL": "redis://127.0.0.1:1/0",  # nothing answers there, and nothing asks
                "SECRET_KEY": secrets.token_hex(32),
                "JWT_SECRET_KEY": secrets.token_hex(32),
                "HAJA_DATA_DIR": folder,
            }
            # Each in a process of its own: a second command in one finds the first one's engine.
            return _flask("upgrade", environment) or _flask("check", environment)


def _flask(command: str, environment: dict[str, str]) -> int:
    done = subprocess.run([*_FLASK, command, *_FOLDER], env=environment, cwd=ROOT, check=False)
    return done.returncode
