"""A worker that is killed during calls to the AI: nothing is lost, few texts are asked about twice."""

import json
import signal
from collections import Counter

from tests.faults.workers import Workers
from tests.servers.openai_server import OpenAIServer

COUNT = 60
SLOTS = 20


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
