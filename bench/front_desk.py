"""Haja's own web server as it runs in production, for whoever measures its intake."""

from contextlib import AbstractContextManager

from bench.databases import count
from bench.rounds import Side
from bench.servers import Running, Servers, gunicorn
from bench.submissions import json_call
from tasks.pipelines import PIPELINES

# Only what is whole counts: the request, its first timeline entry, its run and all steps of it.
WHOLE = f"""
    SELECT count(*) FROM maintenance_requests AS request
    JOIN timeline_entries AS entry ON entry.request_id = request.id
    JOIN runs ON runs.subject_id = request.id AND runs.event = 'request_submitted'
    JOIN (SELECT run_id, count(*) AS many FROM steps GROUP BY run_id) AS todo
        ON todo.run_id = runs.id
    WHERE todo.many = {len(PIPELINES["request_submitted"])}
"""


def front_desk(base: Servers) -> AbstractContextManager[Running]:
    """The whole product, with its limits, its log into a file and its metrics."""
    environment = {
        **base.environment,
        "HAJA_ENV": "production",
        "PUBLIC_URL": "https://haja.example.org",
    }
    return gunicorn("web:create_app()", environment, base.folder)


def as_side(running: Running, base: Servers, *, clients: int = 16) -> Side:
    """What :func:`front_desk` started, ready to be driven."""
    url = base.postgres.url
    return Side(running, json_call, lambda: count(url, WHOLE), clients=clients)
