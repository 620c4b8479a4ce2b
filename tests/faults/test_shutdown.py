"""A deploy under load: every process is replaced, and nobody outside notices."""

import signal

from tests.faults.calls import call
from tests.faults.clients import Client, Ledger
from tests.faults.stack import StormStack
from tests.faults.verdict import judge
from tests.waiting import wait_for

WEB_WORKERS = 2
RATE = 10.0  # posts per second of each of two clients
UNFINISHED = "SELECT count(*) FROM steps WHERE state IN ('blocked', 'ready', 'running', 'retry')"
DATABASE_WORK = "maintenance_requests, runs, steps, mails, statistic_counts, statistic_deltas"


def _ask(stack: StormStack, query: str) -> object:
    connection = stack.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def _wait_until_through(stack: StormStack) -> None:
    def look() -> bool:
        stack.tend()
        return _ask(stack, UNFINISHED) == 0

    wait_for(look, "everything is through", seconds=120)


def _start_afresh(stack: StormStack) -> None:
    """The verdict is about everything in the books."""
    _wait_until_through(stack)
    _ask(stack, f"TRUNCATE {DATABASE_WORK} CASCADE")
    stack.smtp.accepted.clear()


def _replace_web(stack: StormStack) -> None:
    """The master keeps the open port: as many new workers, with the new code, then as many of the
    oldest away. One signal at a time, for equal ones that wait together count as one."""
    web = stack.processes["web"]
    before = set(web.children())
    ready = _ready_lines(stack)
    for count in range(1, WEB_WORKERS + 1):
        web.send(signal.SIGTTIN)
        more = WEB_WORKERS + count
        wait_for(lambda: len(web.children()) == more, f"{more} web workers")  # noqa: B023
    wait_for(lambda: _ready_lines(stack) == ready + WEB_WORKERS, "the new ones take requests")
    for count in range(1, WEB_WORKERS + 1):
        web.send(signal.SIGTTOU)
        less = WEB_WORKERS - count
        wait_for(lambda: len(before & set(web.children())) == less, "an old one is gone")  # noqa: B023


def _ready_lines(stack: StormStack) -> int:
    return (stack.folder / "web.log").read_text(errors="replace").count("web_worker_ready")


def _replace(stack: StormStack, name: str) -> None:
    """As a process manager does: SIGTERM, wait for the end, start again."""
    stack.processes[name].terminate()
    while not stack.processes[name].pid:
        stack.tend()


def test_a_rolling_restart_loses_nothing_and_fails_no_post(whole: StormStack) -> None:
    _start_afresh(whole)
    ledger = Ledger()
    clients = [Client(whole.url, ledger, rate=RATE, seed=number) for number in (1, 2)]
    for client in clients:
        client.start()
    try:
        _replace_web(whole)
        for name in whole.processes:
            if name != "web":
                _replace(whole, name)
    finally:
        for client in clients:
            client.stop()
    for client in clients:
        client.join(60)
    _wait_until_through(whole)
    verdict = judge(whole, ledger, cuts=0)
    assert not verdict.broken, verdict
    assert not ledger.reasons
    assert verdict.numbers["unknown"] == 0
    assert len(ledger.accepted) > 50
    assert call(f"{whole.url}/healthz").status == 200
