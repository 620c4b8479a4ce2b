"""Haja's POST against django-helpdesk's public ticket form: ``python -m bench helpdesk``.

The package comes from the index, in an environment of its own, under the same server set-up and
before the same PostgreSQL; the same reports are sent, as its form wants them.
"""

import re
import subprocess
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlencode

from bench.databases import count, new_database
from bench.environments import rival_python
from bench.front_desk import as_side, front_desk
from bench.load import post
from bench.report import Report
from bench.round_figures import compare, tell
from bench.rounds import Side, play
from bench.servers import ROOT, THREADS, WORKERS, Servers, gunicorn, servers
from bench.submissions import FIELDS

ROUNDS, SECONDS = 5, 3.0
FORM = "/tickets/submit/"
_SITE = "bench.rivals.helpdesk_site"
# What config/gunicorn.py says, which cannot be read there: it reads Haja's settings.
_OPTIONS = (
    *("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)),
    *("--keep-alive", "5", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"),  # noqa: S108 - ours too
)
_WHOLE = """
    SELECT count(*) FROM helpdesk_ticket AS ticket
    WHERE (SELECT count(*) FROM helpdesk_followup AS entry WHERE entry.ticket_id = ticket.id) = 1
"""
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def measure() -> Report:
    """Two sites in turn.

    Raises:
        RuntimeError: a call was not taken, or a ticket is missing.
    """
    report = Report("helpdesk")
    with servers() as base, ExitStack() as stack:
        sides = {
            "helpdesk": _helpdesk(base, stack),
            "haja": as_side(stack.enter_context(front_desk(base)), base),
        }
        found = play(sides, base, rounds=ROUNDS, seconds=SECONDS)
    for name, rounds in found.items():
        tell(report, name, rounds)
    ours, theirs, against = found["haja"], found["helpdesk"], "django-helpdesk's public form"
    compare(report, "per_second", ours, theirs, against=against, goals=(15.0, 20.0))
    for figure in ("web", "web_and_postgres"):
        compare(report, figure, ours, theirs, against=against)
    return report


def _helpdesk(base: Servers, stack: ExitStack) -> Side:
    python = rival_python("helpdesk")
    url = new_database(base.postgres.url, "helpdesk")
    environment = {
        **base.environment,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": f"{_SITE}.settings",
    }
    make = [str(python), "-m", f"{_SITE}.seeding"]
    subprocess.run(make, env=environment, cwd=ROOT, check=True)
    served = gunicorn(f"{_SITE}.wsgi", environment, base.folder, python=python, options=_OPTIONS)
    running = stack.enter_context(served)
    call = _call(f"http://127.0.0.1:{running.port}{FORM}")
    return Side(running, call, lambda: count(url, _WHOLE), status=302)


def _call(page: str) -> Callable[[int], bytes]:
    """The form as a browser sends it that has fetched the page once, with its cookie and token.

    Raises:
        RuntimeError: the page has no form.
    """
    with urllib.request.urlopen(page) as answer:  # noqa: S310 - our own server
        cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        found = _TOKEN.search(answer.read().decode())
    if found is None:
        raise RuntimeError(f"no form at {page}")
    token = found.group(1)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    bodies = [urlencode(_fields(fields, token)).encode() for fields in FIELDS]
    return lambda number: post(FORM, bodies[number % len(bodies)], headers)


def _fields(report: dict[str, str], token: str) -> dict[str, str]:
    return {
        "csrfmiddlewaretoken": token,
        "queue": "1",  # the only one that the site has
        "title": report["location"],
        "body": report["description"],
        "priority": "3",
        "submitter_email": report["contact_info"].rpartition(" ")[2],
    }
