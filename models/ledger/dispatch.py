"""Taking due work out of the ledger for publishing. Several dispatchers may do it at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from models.arrays import as_array
from models.prepared import Prepared

# Published and not claimed for this long (seconds) counts as lost in the broker. A message that
# was only slow costs its second copy one refused UPDATE.
PUBLISH_LEASE = 30

# Published this long ago (seconds), not claimed, and the queue is empty: the message is gone.
LOST_AFTER = 2

# How many steps one round takes at most, and how many messages a queue may hold before the
# dispatcher waits: an outage of the workers fills neither the broker nor the rounds.
CAPACITY = 2000

# What came together is spread over so many messages, so that all threads of a worker have a part in
# it; but so few steps are not worth a message each.
SPREAD = 8
SHARED_FROM = 20

# Nobody waits for the disk here: a mark that a crash of the database takes back is made and
# published once more, and nothing else hangs on it.
# statement_timestamp(): clock_timestamp() is volatile, so no condition of the index, and each round
# would read all work that waits for later, such as the mails of a day without a mail server.
_TAKE = text("""
    WITH due AS MATERIALIZED (
        SELECT run_id, position FROM steps
        WHERE state IN ('ready', 'running', 'retry') AND due_at <= statement_timestamp()
          AND task = ANY(:tasks)
        ORDER BY due_at LIMIT :capacity FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE steps s SET state = 'ready',
            due_at = clock_timestamp() + make_interval(secs => :lease)
        FROM due WHERE s.run_id = due.run_id AND s.position = due.position
        RETURNING s.run_id, s.position, s.task, s.claims
    )
    SELECT t.run_id, t.position, t.task, t.claims, r.event, r.subject_id
    FROM taken t JOIN runs r ON r.id = t.run_id
        CROSS JOIN (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
    ORDER BY t.run_id
""")

# Asked all day, mostly for nothing: the database looks again and again by itself.
_WAIT = Prepared(
    "wait_for_due_steps", "integer, float8", "SELECT wait_for_due_steps(looks => $1, pause => $2)"
)

_RECALL = text("""
    UPDATE steps SET due_at = clock_timestamp()
    WHERE state IN ('ready', 'running', 'retry') AND state = 'ready' AND task = ANY(:tasks)
      AND due_at > statement_timestamp()
      AND due_at < statement_timestamp() + make_interval(secs => :unclaimed_since)
""")

# Work that nobody waits for (an import) stands behind all that is due: "due" in a far year, until
# its queue is empty. The index of due work reads up to now and never sees it.
_HOLD_BACK = text("""
    UPDATE steps SET due_at = '9999-01-01T00:00:00Z'
    WHERE state IN ('ready', 'running', 'retry') AND state = 'ready'
      AND due_at = now() AND task = :task
""")

_RELEASE = text("""
    UPDATE steps s SET due_at = clock_timestamp()
    FROM (
        SELECT run_id, position FROM steps
        WHERE state IN ('ready', 'running', 'retry') AND state = 'ready'
          AND due_at >= '9999-01-01T00:00:00Z' AND task = ANY(:tasks)
        ORDER BY due_at LIMIT :capacity FOR UPDATE SKIP LOCKED
    ) held
    WHERE s.run_id = held.run_id AND s.position = held.position
""")

# How many steps that were held back are let go at once: what a fresh one may have to wait for.
RELEASED_AT_ONCE = 200

_GIVE_BACK = text("""
    UPDATE steps s SET due_at = clock_timestamp()
    FROM unnest(CAST(:run_ids AS bigint[]), CAST(:positions AS smallint[]))
        AS mine(run_id, position)
    WHERE s.run_id = mine.run_id AND s.position = mine.position AND s.state = 'ready'
""")


@dataclass(frozen=True, slots=True)
class DueStep:
    run_id: int
    position: int
    task: str
    claims: int
    event: str
    subject_id: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Runs of one event that stand at the same step: one chain carries them all."""

    event: str
    position: int
    task: str
    steps: tuple[DueStep, ...]

    @property
    def run_ids(self) -> list[int]:
        return [step.run_id for step in self.steps]


def wait_for_due(connection: Connection, *, looks: int, pause: float) -> bool:
    """Whether anything is due, whoever has to do it: at once if so, else after so many ``looks``,
    ``pause`` seconds apart. ``connection`` is in autocommit.

    ``pause`` is measured by the database's clock. If that is set back meanwhile, the statement's
    timeout ends the wait.
    """
    return bool(_WAIT.execute(connection, (looks, pause)).scalar_one())


def take_due(connection: Connection, tasks: Sequence[str]) -> list[DueStep]:
    """Mark what is due of ``tasks`` as published and return it, oldest first.

    The caller publishes after its commit: what it fails to publish comes due again by itself.
    """
    due = connection.execute(
        _TAKE, {"tasks": list(tasks), "capacity": CAPACITY, "lease": PUBLISH_LEASE}
    )
    return [DueStep(*row) for row in due]


def recall_lost(connection: Connection, tasks: Sequence[str]) -> int:
    """Make published steps due that nobody claimed although their queue stands empty.

    Returns how many: the messages that a flushed or restarted broker forgot.
    """
    found = connection.execute(
        _RECALL, {"tasks": list(tasks), "unclaimed_since": PUBLISH_LEASE - LOST_AFTER}
    )
    return found.rowcount


def hold_back(session: Session, task: str) -> None:
    """Let the steps of ``task`` that this transaction has just recorded (due at its own time) wait
    until nothing else of their queue does."""
    session.execute(_HOLD_BACK, {"task": task})


def release_held(connection: Connection, tasks: Sequence[str]) -> int:
    """Make a handful of what was held back due: for tasks whose queue stands empty.

    Returns how many.
    """
    found = connection.execute(_RELEASE, {"tasks": list(tasks), "capacity": RELEASED_AT_ONCE})
    return found.rowcount


def give_back(connection: Connection, steps: Sequence[DueStep]) -> None:
    """Make steps due again at once: the broker did not take them."""
    connection.execute(
        _GIVE_BACK,
        {
            "run_ids": as_array(step.run_id for step in steps),
            "positions": as_array(step.position for step in steps),
        },
    )


def group_into_batches(steps: Sequence[DueStep], sizes: Mapping[str, int]) -> Iterator[Batch]:
    """Runs of the same event at the same step share a chain, up to ``sizes[task]`` of them: the
    more are due, the more in each.

    A step that was claimed before failed or lost its runner: it travels alone, so that a poisonous
    one holds no other back.
    """
    groups: dict[tuple[str, int, str], list[DueStep]] = defaultdict(list)
    for step in steps:
        if step.claims:
            yield Batch(step.event, step.position, step.task, (step,))
        else:
            groups[step.event, step.position, step.task].append(step)
    for (event, position, task), members in groups.items():
        share = max(SHARED_FROM, ceil(len(members) / SPREAD))
        size = min(sizes[task], share)
        for start in range(0, len(members), size):
            yield Batch(event, position, task, tuple(members[start : start + size]))
