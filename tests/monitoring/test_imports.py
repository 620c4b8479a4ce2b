"""A monitoring library that is not configured is not loaded, because it costs time and memory."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.monitoring.conftest import NEW_RELIC

# Not "opentelemetry" as a whole: redis-py itself loads a part of it where it is installed.
TRACES = "opentelemetry.sdk.trace"
LIBRARIES = ("sentry_sdk", "newrelic", TRACES)
WEB = "from web import create_app; create_app()"
WORKER = """
from worker.app import app
from celery.signals import worker_init
class Worker: hostname = "triage@here"
worker_init.send(sender=Worker())
"""
SAY = f"""
import json, sys
print(json.dumps([name for name in {LIBRARIES} if name in sys.modules]))
"""


def _loaded(program: str, **settings: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program + SAY],
        env={**os.environ, **settings},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


@pytest.mark.parametrize("program", [WEB, WORKER], ids=["web", "worker"])
@pytest.mark.parametrize(
    ("settings", "loaded"),
    [
        ({}, []),
        ({"SENTRY_DSN": "http://key@127.0.0.1:1/1"}, ["sentry_sdk"]),
        (NEW_RELIC, ["newrelic"]),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, [TRACES]),
    ],
)
def test_only_what_is_configured_is_loaded(
    program: str, settings: dict[str, str], loaded: list[str]
) -> None:
    assert _loaded(program, **settings) == loaded


def test_the_web_process_does_not_load_celery() -> None:
    program = f"{WEB}\nimport sys; assert 'celery' not in sys.modules\n"
    everything = {
        "SENTRY_DSN": "http://key@127.0.0.1:1/1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        **NEW_RELIC,
    }
    assert set(_loaded(program, **everything)) == set(LIBRARIES)
