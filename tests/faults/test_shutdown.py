"""A deploy under load: every process is replaced, and no call fails."""

import signal
from pathlib import Path

from tests.faults.calls import call
from tests.faults.clients import Client, ClientLog
from tests.faults.stack import StormStack
from tests.faults.verdict import judge
from tests.waiting import wait_for

WEB_PROCESSES = 2
_LISTENING = "0A"  # as /proc/net/tcp6 says it
RATE = 10.0  # posts per second of each of two clients
UNFINISHED = "SELECT count(*) FROM steps WHERE state IN ('blocked', 'ready', 'running', 'retry')"
TABLES = "maintenance_requests, runs, steps, mails, statistic_counts, statistic_deltas"


def _ask(stack: StormStack, query: str) -> object:
    connection = stack.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def _wait_until_done(stack: StormStack) -> None:
    def is_done() -> bool:
        stack.ensure_running()
        return _ask(stack, UNFINISHED) == 0

    wait_for(is_done, "all steps are done", seconds=120)


def _empty_tables(stack: StormStack) -> None:
    """The verdict is about everything in the tables, so other tests' rows are deleted."""
    _wait_until_done(stack)
    _ask(stack, f"TRUNCATE {TABLES} CASCADE")
    stack.smtp.accepted.clear()


def _replace_web(stack: StormStack) -> None:
    """The master keeps the open port: for each web process a new one, then the old one away."""
    web = stack.processes["web"]
    before, ready = set(web.children()), _ready_lines(stack)
    web.send(signal.SIGHUP)
    wait_for(lambda: _ready_lines(stack) == ready + WEB_PROCESSES, "new ones take requests")
    wait_for(lambda: len(before - set(web.children())) == WEB_PROCESSES, "the old ones are gone")


def _ready_lines(stack: StormStack) -> int:
    return (stack.folder / "web.log").read_text(errors="replace").count("web_process_ready")


def _replace_gateway(stack: StormStack) -> None:
    """Two listen on the same port until the old one has answered its last call."""
    old, new = stack.processes["gateway"], stack.make_process("gateway")
    new.ensure_running()
    wait_for(lambda: _listeners(stack) == 2, "both listen")
    old.terminate()
    stack.processes["gateway"] = new


def _listeners(stack: StormStack) -> int:
    """How many sockets listen on the public port, by the kernel's own list."""
    port = f":{stack.port:04X}"
    lines = Path("/proc/net/tcp6").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(row[1].endswith(port) and row[3] == _LISTENING for row in fields)


def _replace(stack: StormStack, name: str) -> None:
    """Replace a process as a process manager does: SIGTERM, wait for its end, start it again."""
    stack.processes[name].terminate()
    while not stack.processes[name].pid:
        stack.ensure_running()


def test_a_rolling_restart_loses_nothing_and_fails_no_post(whole: StormStack) -> None:
    _empty_tables(whole)
    client_log = ClientLog()
    clients = [Client(whole.url, client_log, rate=RATE, seed=number) for number in (1, 2)]
    for client in clients:
        client.start()
    try:
        _replace_web(whole)
        _replace_gateway(whole)
        for name in whole.processes:
            if name not in ("web", "gateway"):
                _replace(whole, name)
    finally:
        for client in clients:
            client.stop()
    for client in clients:
        client.join(60)
    _wait_until_done(whole)
    verdict = judge(whole, client_log, cuts=0)
    assert not verdict.broken, verdict
    assert not client_log.reasons
    assert verdict.numbers["unknown"] == 0
    assert len(client_log.accepted) > 50
    assert call(f"{whole.url}/healthz").status == 200
