"""The intake needs PostgreSQL and nothing else; without PostgreSQL it answers 503 quickly."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from models.queries.health import FRESH
from tests.crowd import at_once
from tests.faults.calls import Answer, call
from tests.faults.stack import OPERATOR, StormStack
from tests.waiting import wait_for

CALLS = 150
FLOOR = 0.020  # seconds that a busy machine may add to any call
TRIES = 3  # slowness of the code shows in each try, noise of other processes does not
Record = Callable[[str, object], None]
BEHIND = {"dispatcher", "beat", "broker", "workers", "live", "mail", "storage"}


def _post(stack: StormStack, timeout: float = 30.0) -> Answer:
    return call(f"{stack.url}/api/requests", {"description": "창문이 깨졌어요"}, timeout=timeout)


def _p99(stack: StormStack) -> float:
    """The 99th percentile in seconds of CALLS posts, one after another; all must answer 201."""
    for _ in range(10):
        _post(stack)
    answers = [_post(stack) for _ in range(CALLS)]
    assert {answer.status for answer in answers} == {201}
    return sorted(answer.seconds for answer in answers)[int(CALLS * 0.99)]


@contextmanager
def _all_down(stack: StormStack) -> Iterator[None]:
    """Everything except the web process and PostgreSQL is down."""
    others = [
        process for name, process in stack.processes.items() if name not in ("gateway", "web")
    ]
    for process in others:
        process.send_all(signal.SIGKILL)
    stack.smtp.rules.set(connect="drop")
    stack.s3.send_all(signal.SIGSTOP)
    stack.redis.kill()
    try:
        yield
    finally:
        stack.redis.start()
        stack.s3.send_all(signal.SIGCONT)
        stack.smtp.rules.set()
        stack.ensure_running()


def _token(stack: StormStack) -> Answer:
    return call(f"{stack.url}/token", {"username": OPERATOR[0], "password": OPERATOR[1]})


def _ready(stack: StormStack) -> Answer:
    return call(f"{stack.url}/readyz")


def _wait_until_all_is_well(stack: StormStack) -> None:
    def is_ready() -> bool:
        stack.ensure_running()
        return bool(_ready(stack).json["status"] == "ok")

    wait_for(is_ready, "readyz says ok", seconds=120)


def test_posts_are_taken_at_the_usual_speed_with_all_else_down(
    whole: StormStack, record_property: Record
) -> None:
    _wait_until_all_is_well(whole)
    healthy = min(_p99(whole) for _ in range(2))
    with _all_down(whole):
        alone = min(_p99(whole) for _ in range(TRIES))
        record_property("p99_ms", f"healthy {healthy * 1000:.1f}, alone {alone * 1000:.1f}")
        assert alone <= max(2 * healthy, healthy + FLOOR), (healthy, alone)

        def named() -> set[str]:
            answer = _ready(whole)
            assert answer.status == 200
            parts = answer.json["parts"]
            return {name for name in BEHIND if parts[name]["state"] == "down"}

        wait_for(lambda: named() == BEHIND, "readyz names them", seconds=FRESH + 30)
        assert _ready(whole).json["status"] == "degraded"
    _wait_until_all_is_well(whole)


def test_a_redis_that_hangs_does_not_hang_the_web(
    whole: StormStack, record_property: Record
) -> None:
    token = _token(whole).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    whole.redis.pause()
    try:
        seconds: dict[str, float] = {}
        for _ in range(8):
            answers = {
                "post": _post(whole),
                "token": _token(whole),
                "list": call(f"{whole.url}/api/requests", headers=bearer),
                "stats": call(f"{whole.url}/api/stats", headers=bearer),
                "form": call(f"{whole.url}/"),
                "ready": _ready(whole),
                "alive": call(f"{whole.url}/healthz"),
            }
            assert {answer.status for answer in answers.values()} <= {200, 201}
            for name, answer in answers.items():
                seconds[name] = max(seconds.get(name, 0), answer.seconds)
    finally:
        whole.redis.resume()
    record_property("slowest_seconds", str(seconds))
    assert max(seconds.values()) < 10.0, seconds  # and not the half minute of a call that hangs
    _wait_until_all_is_well(whole)


def _is_an_outage(answer: Answer) -> bool:
    problem = json.loads(answer.body)
    return (
        answer.status == 503
        and answer.headers["Content-Type"] == "application/problem+json"
        and int(answer.headers["Retry-After"]) > 0
        and problem["status"] == 503
    )


def test_without_postgresql_a_post_is_refused_quickly(whole: StormStack) -> None:
    whole.postgres.stop()
    try:
        answers = [_post(whole) for _ in range(5)]
        ready = _ready(whole)
    finally:
        whole.postgres.start()
    assert all(_is_an_outage(answer) for answer in answers), answers
    assert max(answer.seconds for answer in answers) < 6
    assert (ready.status, ready.json["parts"]["database"]["state"]) == (503, "down")
    assert _post(whole).status == 201
    _wait_until_all_is_well(whole)


def test_a_postgresql_that_hangs_is_given_up(whole: StormStack, record_property: Record) -> None:
    _p99(whole)  # every web process has open connections, which hang too
    whole.postgres.pause()
    try:
        answers = at_once(8, lambda number: _ready(whole) if number == 0 else _post(whole))
    finally:
        whole.postgres.resume()
    record_property("seconds", str([round(answer.seconds, 1) for answer in answers]))
    assert {answer.status for answer in answers} == {503}
    assert max(answer.seconds for answer in answers) < 12
    wait_for(lambda: _post(whole).status == 201, "posts are taken again", seconds=30)
