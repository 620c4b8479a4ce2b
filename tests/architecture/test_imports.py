"""Which modules each process type loads: no heavy library that it does not use.

Each case is a new interpreter that loads what a process of that type has loaded when it is idle, or
a worker and one adapter.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each costs megabytes of memory in every process that loads it.
HEAVY = frozenset(
    {
        "PIL",
        "aiohttp",
        "aiosmtpd",
        "alembic",
        "babel",
        "boto3",
        "botocore",
        "celery",
        "flask",
        "flask_migrate",
        "flower",
        "kombu",
        "newrelic",
        "numpy",
        "openai",
        "pillow_heif",
        "prompt_toolkit",
        "re2",  # the rules of danger
        "scipy",
        "sentry_sdk",
        "sklearn",
        "sqlalchemy",
        "tornado",
        "vl_convert",
        "websockets",
        "werkzeug",
    }
)
CELERY = {"celery", "kombu"}
WORKER = {*CELERY, "sqlalchemy"}
WEB = {"flask", "werkzeug", "sqlalchemy", "babel"}

_PROCESS = """
from worker.__main__ import Processes, app
Processes().get_command(None, "{name}")
app.loader.import_default_modules()
"""
_WORKER = f"""{_PROCESS.format(name="worker")}
import celery.apps.worker, celery.concurrency.thread, worker.celery_guards.consumer, worker.health
from models import wiring
"""

# Process type: the code that it runs, and the heavy libraries that it may load.
PROCESSES: dict[str, tuple[str, set[str]]] = {
    "gateway": ("import gateway.__main__", set()),
    "web master": (
        "import config.granian as g; g._load_libraries()",
        WEB,
    ),
    "web": ("from web import wsgi; wsgi.application()", {*WEB, "re2"}),
    "live": (
        "import live.__main__; from models import wiring; wiring.cache()",
        {"sqlalchemy", "websockets"},
    ),
    "dispatcher": ("import worker.dispatcher", WORKER),
    "worker": (_WORKER, WORKER),
    "beat": (_PROCESS.format(name="beat") + "import celery.apps.beat", WORKER),
    "flower": (_PROCESS.format(name="flower"), {*CELERY, "flower", "tornado"}),
    "launcher": ("import launcher.__main__, launcher.stack", set()),
    "inbox": ("import launcher.inbox", {"aiosmtpd"}),
    "picture sandbox": ("import worker.adapters.imaging.sandbox", {"PIL", "pillow_heif"}),
}
# Adapter: the code that creates it, and the heavy libraries that it may load.
ADAPTERS: dict[str, tuple[str, set[str]]] = {
    "embedded triage": ("wiring.triage_engine()", {"numpy", "re2"}),
    "mail": ("wiring.mail_sender()", {"flask", "werkzeug"}),
    "photos in a folder": ("wiring.photo_storage()", set()),
    "pictures": ("wiring.picture_processor()", set()),
    "charts": ("wiring.chart_renderer()", {"vl_convert"}),
    "live pages": ("wiring.live_channel()", set()),
    "cache": ("wiring.cache()", set()),
}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_loads_no_heavy_library_that_it_does_not_use(process: str) -> None:
    code, allowed = PROCESSES[process]
    assert _loaded(code) & HEAVY <= allowed


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_loads_its_own_library_and_no_other(adapter: str) -> None:
    code, allowed = ADAPTERS[adapter]
    assert _loaded(_WORKER + code) & HEAVY <= WORKER | allowed


def test_with_an_ai_the_classifier_is_not_loaded() -> None:
    """Nor is the official client, which only fine-tuning needs."""
    loaded = _loaded(f"{_WORKER}wiring.triage_engine()", OPENAI_API_KEY="key")
    assert loaded & HEAVY <= WORKER | {"re2"}


def test_a_push_service_is_called_without_more_than_its_library() -> None:
    loaded = _loaded(f"{_WORKER}wiring.push_sender()", VAPID_PRIVATE_KEY=f"{'A' * 41}_w")
    assert "pywebpush" in loaded
    assert loaded & HEAVY <= WORKER | {"aiohttp"}


def test_the_object_storage_is_loaded_only_with_a_bucket() -> None:
    loaded = _loaded(f"{_WORKER}wiring.photo_storage()", S3_BUCKET="bucket")
    assert loaded & HEAVY <= WORKER | {"boto3", "botocore"}


def test_the_command_line_loads_alembic() -> None:
    """``flask db`` needs it; the web process does not."""
    code = "import click, web\nwith click.Context(click.Command('db')): web.create_app()"
    assert {"alembic", "flask_migrate"} <= _loaded(code)


def _loaded(code: str, **settings: str) -> set[str]:
    """Names of the top-level modules that a new interpreter has loaded after ``code``."""
    say = "import json, sys; print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{say}"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))
