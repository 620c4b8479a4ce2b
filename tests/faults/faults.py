"""The faults, each caused in the real processes and servers. A fault returns a function that undoes
it, and after how many seconds to call it."""

import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg2
import redis
from celery import Celery
from kombu.exceptions import OperationalError as BrokerError

from config.queues import QUEUES
from tests.faults.stack import StormStack
from tests.servers.smtp_rules import Rule, Rules

Undo = tuple[float, Callable[[], None]] | None

TENANTS = "<r-"  # how the clients' addresses begin

# Longer than a lease, so that another runner has claimed the step when the frozen one continues.
FREEZE_SECONDS = 19.0


class CountingRules(Rules):
    """Counts the hand-overs that the mail server interrupted."""

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.cuts = 0

    def action(self, phase: str, command: str = "") -> str | None:
        action = super().action(phase, command)
        if phase in ("dot", "body") and action and not action[0].isdigit():
            self.cuts += 1
        return action


@dataclass
class FaultInjector:
    """The stack, and how many hand-overs the faults interrupted."""

    stack: StormStack
    chance: random.Random
    cuts: int = 0

    def __post_init__(self) -> None:
        self.rules = CountingRules()
        self.stack.smtp.rules = self.rules
        self.replayer = Celery("replayer", broker=self.stack.redis.url, set_as_current=False)
        self.replayer.conf.update(
            broker_transport_options={"socket_timeout": 1, "socket_connect_timeout": 1},
            task_publish_retry=False,
        )

    @property
    def all_cuts(self) -> int:
        return self.cuts + self.rules.cuts

    def count_open_handovers(self) -> None:
        """Count the mails whose runner was just killed or frozen between entering the phase and the
        reply."""
        with suppress(psycopg2.Error):
            connection = self.stack.connect()
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT count(*) FROM steps WHERE phase IS NOT NULL")
                    row = cursor.fetchone()
                    self.cuts += int(row[0]) if row else 0
            finally:
                connection.close()
            return
        self.cuts += 8  # the database is down too: as many as the worker has threads


def _kill(name: str) -> Callable[[FaultInjector], Undo]:
    def inject(injector: FaultInjector) -> Undo:
        injector.stack.processes[name].send(signal.SIGKILL)
        if name == "mail":
            injector.count_open_handovers()
        return None

    return inject


def _kill_child(name: str) -> Callable[[FaultInjector], Undo]:
    def inject(injector: FaultInjector) -> Undo:
        children = injector.stack.processes[name].children()
        if children:
            with suppress(ProcessLookupError):
                os.kill(injector.chance.choice(children), signal.SIGKILL)
        return None

    return inject


def _freeze(name: str, seconds: float = FREEZE_SECONDS) -> Callable[[FaultInjector], Undo]:
    """Stop it anywhere in its work, and continue it when others have claimed its work."""

    def inject(injector: FaultInjector) -> Undo:
        process = injector.stack.processes[name]
        process.send_all(signal.SIGSTOP)
        if name == "mail":
            injector.count_open_handovers()
        return seconds, lambda: process.send_all(signal.SIGCONT)

    return inject


def _redis_client(injector: FaultInjector) -> "redis.Redis":
    return redis.Redis.from_url(injector.stack.redis.url, socket_timeout=1)


def _flush_redis(injector: FaultInjector) -> Undo:
    with suppress(redis.RedisError), _redis_client(injector) as client:
        client.flushall()
    return None


def _kill_clients(injector: FaultInjector) -> Undo:
    with suppress(redis.RedisError), _redis_client(injector) as client:
        for kind in ("normal", "pubsub"):
            client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    return None


def _kill_redis(injector: FaultInjector) -> Undo:
    server = injector.stack.redis
    if server.pid:
        server.kill()
    return injector.chance.uniform(0.5, 3), lambda: None if server.pid else server.start()


def _freeze_redis(injector: FaultInjector) -> Undo:
    server = injector.stack.redis
    if not server.pid:
        return None
    server.pause()
    return injector.chance.uniform(1, 5), lambda: server.resume() if server.pid else None


def _restart_postgres(how: signal.Signals) -> Callable[[FaultInjector], Undo]:
    def inject(injector: FaultInjector) -> Undo:
        injector.stack.restart_postgres(how)
        return None

    return inject


def _smtp(*, factor: float = 1.0, **rules: str | Rule) -> Callable[[FaultInjector], Undo]:
    """SMTP rules for some seconds, ``factor`` times as long as other faults."""

    def inject(injector: FaultInjector) -> Undo:
        injector.rules.set(**rules)
        return factor * injector.chance.uniform(1, 4), injector.rules.set

    return inject


def _ai(behaviour: str) -> Callable[[FaultInjector], Undo]:
    def inject(injector: FaultInjector) -> Undo:
        injector.stack.ai.behaviour = behaviour

        def undo() -> None:
            injector.stack.ai.behaviour = "ok"

        return injector.chance.uniform(1, 4), undo

    return inject


def _freeze_s3(injector: FaultInjector) -> Undo:
    injector.stack.s3.send_all(signal.SIGSTOP)
    return injector.chance.uniform(2, 6), lambda: injector.stack.s3.send_all(signal.SIGCONT)


def _deliver_again(injector: FaultInjector) -> Undo:
    """Deliver each of some messages ten times."""
    _replay(injector, "ORDER BY run_id DESC LIMIT 5", copies=10)
    return None


def _replay_old(injector: FaultInjector) -> Undo:
    """Deliver messages of old steps again, alone and in batches."""
    _replay(injector, "ORDER BY random() LIMIT 30", copies=2)
    return None


def _replay(injector: FaultInjector, which: str, *, copies: int) -> None:
    with suppress(psycopg2.Error, OSError, BrokerError):
        for task, arguments, queue in injector.stack.messages(which):
            for _ in range(copies):
                injector.replayer.send_task(task, arguments, queue=queue)


FAULTS: dict[str, Callable[[FaultInjector], Undo]] = {
    **{f"kill -9 worker {queue}": _kill(queue) for queue in QUEUES if queue != "push"},
    "kill -9 worker child (photos)": _kill_child("photos"),
    "kill -9 web master": _kill("web"),
    "kill -9 web worker": _kill_child("web"),
    "kill -9 gateway": _kill("gateway"),
    "freeze gateway": _freeze("gateway", seconds=5),
    "kill -9 dispatcher": _kill("dispatcher"),
    "kill -9 second dispatcher": _kill("dispatcher2"),
    "kill -9 beat": _kill("beat"),
    "kill -9 live": _kill("live"),
    "freeze worker mail past its lease": _freeze("mail"),
    "freeze worker triage past its lease": _freeze("triage"),
    "freeze worker photos past its lease": _freeze("photos"),
    "Redis FLUSHALL": _flush_redis,
    "Redis killed, back empty": _kill_redis,
    "Redis SIGSTOP": _freeze_redis,
    "Redis CLIENT KILL": _kill_clients,
    "PostgreSQL restart, fast": _restart_postgres(signal.SIGINT),
    "PostgreSQL restart, immediate": _restart_postgres(signal.SIGQUIT),
    "SMTP refuses": _smtp(connect="drop"),
    "SMTP 451": _smtp(rcpt="451 4.3.0 later"),
    "tenants' mailboxes greylist": _smtp(rcpt=Rule("451 4.7.1 greylisted", only=TENANTS), factor=4),
    "SMTP 451 at the dot": _smtp(dot="451 4.3.0 later"),
    "SMTP hangs": _smtp(ehlo="hang"),
    # Long enough that a worker has to release some of its claims.
    "SMTP slow": _smtp(mail="slow", factor=4),
    "SMTP drops after DATA": _smtp(dot=Rule("drop", chance=0.5)),
    "SMTP takes it and drops": _smtp(dot=Rule("accept_drop", chance=0.5)),
    "SMTP takes it and hangs": _smtp(dot=Rule("accept_hang", chance=0.3)),
    "AI 429": _ai("rate_limit"),
    "AI 500": _ai("server_error"),
    "AI rubbish": _ai("prose"),
    "AI hangs": _ai("hang"),
    "S3 hangs": _freeze_s3,
    "messages delivered ten times": _deliver_again,
    "old messages replayed": _replay_old,
}
