"""A worker that is killed during calls to the AI: nothing is lost, few texts are asked about twice."""

import json
import signal
from collections import Counter

from tests.faults.workers import Workers
from tests.servers.openai_server import OpenAIServer
from tests.waiting import wait_for

COUNT = 60
SLOTS = 20
# The first answers are refined half a minute later; a test need not wait.
DUE = """
    UPDATE steps SET due_at = clock_timestamp()
    WHERE state = 'retry' AND task = 'triage.refine_request' RETURNING 1
"""


def _asked(server: OpenAIServer) -> Counter[str]:
    """How often the AI was asked about each text."""
    contents = [body["messages"][-1]["content"] for body in server.requests]
    return Counter(json.loads(content)["description"] for content in contents)


def test_a_killed_worker_loses_nothing_and_asks_little_twice(workers: Workers) -> None:
    for number in range(COUNT):
        workers.submit(f"{number}호 복도 전등이 깜박거려요")
    with OpenAIServer() as server:
        server.delay = 1.0
        env = {"OPENAI_BASE_URL": server.url, "AI_CONCURRENCY": str(SLOTS), "OPENAI_TIMEOUT": "10"}
        triage = workers.start("triage", env=env)
        workers.start("dispatcher", env=env)
        done = "SELECT count(*) >= :wanted FROM steps WHERE position = 0 AND state = 'done'"
        workers.wait(done, "the first are done", wanted=1)
        triage.send_all(signal.SIGKILL)
        triage.wait()
        running = workers.ask("SELECT count(*) FROM steps WHERE state = 'running'")
        while not triage.pid:
            triage.ensure_running()
        workers.wait(done, "all are done", wanted=COUNT, seconds=120)
        asked = _asked(server)
    # The AI must have answered all of them, or the counts below would prove nothing.
    degraded = workers.ask("SELECT count(*) FROM triage_results WHERE degraded")
    assert degraded == 0, workers.log("triage")[-3000:]
    assert len(asked) == COUNT
    assert max(asked.values()) <= 2
    assert sum(asked.values()) - COUNT <= running
    assert workers.ask("SELECT count(*) FROM triage_results") == COUNT


def test_a_killed_worker_refines_each_answer_once(workers: Workers) -> None:
    count = 10
    for number in range(count):
        workers.submit(f"{number}호 복도 전등이 깜박거려요")
    answers = "SELECT count(*) FROM triage_results WHERE degraded = :degraded"
    with OpenAIServer(behaviour="unavailable") as server:
        env = {"OPENAI_BASE_URL": server.url, "AI_CONCURRENCY": str(count), "OPENAI_TIMEOUT": "10"}
        triage = workers.start("triage", env=env)
        workers.start("dispatcher", env=env)
        workers.start("stats", env=env)
        workers.wait(
            f"SELECT ({answers}) = :wanted", "all are answered", degraded=True, wanted=count
        )
        server.behaviour, server.delay = "ok", 1.0
        asked = len(server.requests)
        triage.send_all(signal.SIGKILL)  # it would wait for its circuit breaker
        triage.wait()
        workers.ask(DUE)
        while not triage.pid:
            triage.ensure_running()
        wait_for(lambda: len(server.requests) >= asked + count // 2, "the AI is asked", seconds=60)
        triage.send_all(signal.SIGKILL)
        triage.wait()
        while not triage.pid:
            triage.ensure_running()
        workers.wait(
            f"SELECT ({answers}) = :wanted", "all are refined", degraded=False, wanted=count
        )
        unfinished = "SELECT count(*) = 0 FROM steps WHERE state IN ('ready', 'running', 'retry')"
        workers.wait(unfinished, "all steps have ended")
        assert max(_asked(server).values()) <= 3
    twice = "SELECT count(*) FROM triage_results GROUP BY request_id ORDER BY 1 DESC LIMIT 1"
    assert workers.ask(twice) == 2
    told = "SELECT count(*) FROM timeline_entries WHERE event = 'request_refined'"
    assert workers.ask(told) == count
    assert (
        workers.ask("SELECT count(*) FROM maintenance_requests WHERE category = 'plumbing'")
        == count
    )
