"""The naive variant for the storm: its processes, and the check of its requests and mails."""

import re
from collections import Counter

from tests.faults.clients import ClientLog
from tests.faults.naive.tables import TABLES
from tests.faults.stack import StormStack
from tests.faults.variant import Variant
from tests.faults.verdict import Verdict

WORKERS = {"triage": "naive.categorize", "stats": "naive.count", "mail": "naive.receipt"}
_ABSENT = ("gateway", "live", "photos", "reports", "dispatcher", "beat", "AI", "S3")


class NaiveStack(StormStack):
    def commands(self) -> dict[str, list[str]]:
        """Granian, and a Celery worker for each queue."""
        web = ["granian", "--interface", "wsgi", "--factory", "--port", str(self.port)]
        web += ["--workers", "2", "--blocking-threads", "16", "--respawn-failed-workers"]
        celery = ["celery", "--quiet", "-A", "tests.faults.naive.app", "worker"]
        workers = {
            queue: [*celery, "-Q", queue, "-n", f"{queue}@%h", "--pool", "prefork", "-c", "2"]
            for queue in WORKERS
        }
        return {"web": [*web, "tests.faults.naive.web:create_app"], **workers}

    def _start_s3(self) -> None:
        """It stores no photos."""

    def _release(self) -> None:
        connection = self.connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(TABLES)
        finally:
            connection.close()

    def messages(self, which: str) -> list[tuple[str, tuple[object, ...], str]]:
        """It has no steps, so the messages are those of all three tasks of some requests."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT id AS run_id FROM naive_requests {which}")
                ids = [row[0] for row in cursor.fetchall()]
        finally:
            connection.close()
        return [(task, (row,), queue) for row in ids for queue, task in WORKERS.items()]


def _judge(stack: StormStack, client_log: ClientLog, _cuts: int) -> Verdict:
    """The same invariants, as far as they apply."""
    verdict = Verdict()
    connection = stack.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, key, category FROM naive_requests")
            requests = {row_id: (key, category) for row_id, key, category in cursor.fetchall()}
            cursor.execute("SELECT coalesce(sum(n), 0) FROM naive_counts")
            row = cursor.fetchone()
            counted = int(row[0]) if row else 0
    finally:
        connection.close()
    accepted = {
        row_id: requests.get(row_id, ("", "gone")) for row_id in client_log.accepted.values()
    }
    untriaged = [i for i, (_, category) in accepted.items() if category in ("pending", "gone")]
    mails = Counter(mail.recipients[0] for mail in stack.smtp.accepted)
    wanted = {
        f"r-{key[:12]}@example.com" for key in client_log.with_mail if key in client_log.accepted
    }
    missing, doubled = wanted - set(mails), [to for to, n in mails.items() if n > 1]
    verdict.numbers |= {
        "accepted": len(accepted),
        "untriaged": len(untriaged),
        "missing mails": len(missing),
        "doubled mails": len(doubled),
        "counted": counted,
    }
    verdict.hold("all are triaged", not untriaged, len(untriaged))
    verdict.hold("no mail is missing", not missing, len(missing))
    verdict.hold("no mail is doubled", not doubled, len(doubled))
    verdict.hold("statistics are right", counted == len(requests), (counted, len(requests)))
    return verdict


NAIVE = Variant(
    stack=NaiveStack,
    judge=_judge,
    canary="SELECT category <> 'pending' FROM naive_requests WHERE id = {id}",
    unfinished="SELECT count(*) FROM naive_requests WHERE category = 'pending'",
    patience=8,
    affected_by=lambda fault: not set(re.findall(r"\w+", fault)) & set(_ABSENT),
)
