"""A burst of 5,000 POSTs through the whole stack: nothing refused, nothing lost, drained in time.

AI and mail answer at once, so that what is seen is Haja's own work. The rate of the drain counts
from the first POST to the last step's end: the web servers share the machine with the rooms.
"""

import time

from sqlalchemy import Connection, text

from bench.load import Load, drive
from bench.pipeline import OPERATORS, drain, ride
from bench.report import Comparison, Report, Samples
from bench.rooms import connected, rooms
from bench.servers import Servers, gunicorn, servers
from bench.submissions import json_call

CALLS = 5_000
CLIENTS = 64
WARM_UP = 50
ALONE = 2_000  # requests for the pipeline's own rate
# What is kept of each: the request, its entries (received, categorized, two mails sent), two mails,
# its run and the run's four steps.
_LOST = {
    "maintenance_requests": 1,
    "timeline_entries": 4,
    "triage_results": 1,
    "mails": 2,
    "runs": 1,
    "steps": 4,
}


def measure() -> Report:
    report = Report("burst")
    with servers() as ours, connected(ours) as connection:
        load, lasting, after = _burst(ours, connection)
        _tell_losses(report, connection, load)
        alone = ride(ours, connection, ALONE).per_second
    report.tell("answers by status", dict(load.statuses))
    report.tell("POSTs per second", round(load.per_second))
    report.tell("POST p99, ms", round(1000 * load.quantile(0.99)))
    rate = Samples("/s", (CALLS / lasting,))
    report.add(Comparison("burst, POST to last step", "pipeline alone", rate, _one(alone)))
    report.tell("seconds from the last answer to the last step", round(after, 1))
    return report


def _one(rate: float) -> Samples:
    return Samples("/s", (rate,))


def _burst(ours: Servers, connection: Connection) -> tuple[Load, float, float]:
    """The load, seconds from the first call to the last step, and from the last answer to it."""
    environment = ours.environment | OPERATORS
    with (
        rooms(ours, module="bench.instant", environment=OPERATORS),
        gunicorn("web:create_app()", environment, ours.folder) as web,
    ):
        drive(web.port, json_call, clients=8, count=WARM_UP)
        drain(connection)
        began = time.perf_counter()
        load = drive(web.port, json_call, clients=CLIENTS, count=CALLS)
        answered = time.perf_counter()
        drain(connection)
        ended = time.perf_counter()
    return load, ended - began, ended - answered


def _tell_losses(report: Report, connection: Connection, load: Load) -> None:
    refused = sum(n for status, n in load.statuses.items() if status != 201)
    wanted = WARM_UP + load.statuses[201]
    lost = {table: wanted * each - _count(connection, table) for table, each in _LOST.items()}
    undone = _count(connection, "steps WHERE state <> 'done'")
    unsent = _count(connection, "mails WHERE state <> 'sent'")
    for what, n in (("refused", refused), ("lost rows", sum(map(abs, lost.values())))):
        report.add(_none_of(what, n))
    report.add(_none_of("steps not done, mails not sent", undone + unsent))


def _none_of(what: str, n: int) -> Comparison:
    """A comparison that is met by nothing at all only."""
    found, accepted = Samples("", (float(n),)), Samples("", (float(CALLS),))
    return Comparison(f"burst: {what}", "accepted", found, accepted, 0.0, at_most=True)


def _count(connection: Connection, source: str) -> int:
    query = f"SELECT count(*) FROM {source}"
    return int(connection.execute(text(query)).scalar_one())
