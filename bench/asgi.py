"""The fast way to serve an ASGI application: uvicorn with uvloop and httptools."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from bench.environments import rival_python
from bench.servers import WORKERS, Running, listening
from launcher.server import free_port


def uvicorn(
    application: str, environment: Mapping[str, str], folder: Path
) -> AbstractContextManager[Running]:
    """``application`` from the environment of the rivals, with as many workers as gunicorn has."""
    port = free_port()
    python = str(rival_python("rivals"))
    command = [python, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools"]
    command += ["--no-access-log"]  # the other designs write none either
    return listening(command, environment, folder=folder, port=port)
