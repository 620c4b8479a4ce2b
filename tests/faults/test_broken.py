"""Each part of the ledger is needed: with it a guarantee holds, without it the guarantee is broken."""

import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from celery import Celery

from config.queues import queue_of
from tests.faults.broken import LEASE
from tests.faults.processes import RestartedProcess
from tests.faults.workers import Workers, wait_for_file
from tests.waiting import wait_for

WRAPPER = "tests.faults.broken"
RECEIPT = 0  # the position of its only step


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


class Scene:
    """One request, and messages about it that the test publishes itself."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.request_id = workers.submit(contact="someone@example.org")
        self.run_id: int = workers.ask("SELECT id FROM runs WHERE event = 'request_submitted'")
        self.publisher = Celery("publisher", broker=workers.servers.redis.url, set_as_current=False)

    def deliver(self, task: str, position: int = 0) -> None:
        self.publisher.send_task(task, ([self.run_id], position), queue=queue_of(task))

    def skip_to_the_receipt(self) -> None:
        """As if triage were done: from here on the run is the receipt's."""
        self.run_id = self.workers.ask(
            """WITH due AS (
                   UPDATE steps SET state = CASE task WHEN 'mail.send_receipt' THEN 'ready'
                                                      ELSE 'done' END,
                       done_at = CASE task WHEN 'mail.send_receipt' THEN NULL ELSE now() END,
                       due_at = now()
                   RETURNING run_id, task
               ) SELECT run_id FROM due WHERE task = 'mail.send_receipt'"""
        )

    def wait_for_state(self, position: int, *states: str) -> str:
        return str(
            self.workers.wait(
                "SELECT state FROM steps WHERE run_id = :run AND position = :position"
                " AND state = ANY(:states)",
                f"step {position} is one of {states}",
                run=self.run_id,
                position=position,
                states=list(states),
            )
        )

    def wait_for_lease(self) -> None:
        self.workers.wait(
            "SELECT 1 FROM steps WHERE run_id = :run AND state = 'running'"
            " AND due_at < clock_timestamp()",
            "the lease runs out",
            run=self.run_id,
        )

    def wait_for_ended(self, worker: str, count: int) -> None:
        wait_for(
            lambda: self.workers.log(worker).count("task_ended") >= count,
            f"{worker} has ended {count} messages",
        )

    @property
    def triages(self) -> int:
        return int(
            self.workers.ask(
                "SELECT count(*) FROM triage_results WHERE request_id = :id", id=self.request_id
            )
        )

    @property
    def most_copies(self) -> int:
        """How often the most frequent mail was received."""
        mails = Counter(mail.message_id for mail in self.workers.smtp.accepted)
        return max(mails.values(), default=0)


@pytest.fixture
def scene(workers: Workers) -> Scene:
    return Scene(workers)


def _restart(process: RestartedProcess) -> None:
    process.send(signal.SIGKILL)
    wait_for(lambda: not process.pid, "the worker is dead")
    while not process.pid:
        process.ensure_running()


@pytest.mark.parametrize(("broken", "triages"), [("none", 1), ("finish-unfenced", 2)])
def test_a_runner_that_lost_its_lease_writes_nothing(
    scene: Scene, gate: Path, broken: str, triages: int
) -> None:
    """Without fencing, the request is triaged twice."""
    workers = scene.workers
    (gate / "closed").touch()
    slow = workers.start("triage", WRAPPER, broken, "before-finish", env={"GATE": str(gate)})
    scene.deliver("triage.categorize_request")
    wait_for_file(gate / "reached", "the first runner is about to finish")
    slow.send_all(signal.SIGSTOP)
    scene.wait_for_lease()
    other = workers.start("triage", WRAPPER, broken)
    scene.deliver("triage.categorize_request")
    scene.wait_for_state(0, "done")
    (gate / "closed").unlink()
    slow.send_all(signal.SIGCONT)
    scene.wait_for_ended("triage", 2)
    assert other.pid
    assert scene.triages == triages


@pytest.mark.parametrize(("broken", "copies"), [("none", 1), ("claim-unchecked", 3)])
def test_a_message_delivered_again_does_nothing(scene: Scene, broken: str, copies: int) -> None:
    """With a claim that does not check the state, the mail is sent for each message."""
    scene.skip_to_the_receipt()
    scene.workers.start("mail", WRAPPER, broken)
    for number in range(3):
        scene.deliver("mail.send_receipt", RECEIPT)
        scene.wait_for_ended("mail", number + 1)
    assert scene.most_copies == copies


@pytest.mark.parametrize(
    ("broken", "state", "copies"), [("none", "unknown", 1), ("no-phase", "done", 2)]
)
def test_an_interrupted_hand_over_is_not_repeated(
    scene: Scene, broken: str, state: str, copies: int
) -> None:
    """Without the phase before the dot, the mail is sent twice."""
    scene.skip_to_the_receipt()
    mail = scene.workers.start("mail", WRAPPER, broken)
    scene.workers.smtp.rules.set(dot="accept_hang")
    scene.deliver("mail.send_receipt", RECEIPT)
    wait_for(lambda: scene.most_copies == 1, "the mail server has taken the mail")
    _restart(mail)
    scene.workers.smtp.rules.set()
    scene.wait_for_lease()
    scene.deliver("mail.send_receipt", RECEIPT)
    assert scene.wait_for_state(RECEIPT, "done", "unknown") == state
    assert scene.most_copies == copies


@pytest.mark.parametrize(
    ("broken", "category_is"), [("none", "known"), ("separate-effect", "pending")]
)
def test_done_and_its_effect_are_committed_together(
    scene: Scene, gate: Path, broken: str, category_is: str
) -> None:
    """With two transactions, the step is done but the effect is lost."""
    (gate / "closed").touch()
    triage = scene.workers.start("triage", WRAPPER, broken, "after-finish", env={"GATE": str(gate)})
    scene.deliver("triage.categorize_request")
    wait_for_file(gate / "reached", "the runner is between done and effect")
    _restart(triage)
    (gate / "closed").unlink()
    if broken == "none":
        scene.wait_for_lease()
    scene.deliver("triage.categorize_request")
    scene.wait_for_ended("triage", 1)
    scene.wait_for_state(0, "done")
    category = scene.workers.ask("SELECT category FROM maintenance_requests")
    assert ("pending" if category == "pending" else "known") == category_is


def test_without_a_dispatcher_work_stays_unfinished(scene: Scene) -> None:
    workers = scene.workers
    workers.start("triage", WRAPPER, "none")
    wait_for(lambda: "ready" in workers.log("triage"), "the worker is ready")
    time.sleep(2 * LEASE)  # a dispatcher would find a lost message in this time
    assert workers.ask("SELECT category FROM maintenance_requests") == "pending"
    workers.start("dispatcher", WRAPPER, "none")
    scene.wait_for_state(0, "done")
