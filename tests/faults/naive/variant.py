"""The naive variant as the storm knows it: its processes, and what became of each request."""

from collections import Counter

from tests.faults.clients import Ledger
from tests.faults.naive.tables import TABLES
from tests.faults.stack import StormStack
from tests.faults.variant import Variant
from tests.faults.verdict import Verdict

WORKERS = {"triage": "naive.categorize", "stats": "naive.count", "mail": "naive.receipt"}
_ABSENT = ("-9 live", "photos", "reports", "dispatcher", "beat", "AI", "S3")


class NaiveStack(StormStack):
    def commands(self) -> dict[str, list[str]]:
        """gunicorn and a Celery worker for each room, with as many hands as Haja's."""
        web = ["gunicorn", "-b", f"127.0.0.1:{self.port}", "-w", "2", "--threads", "16"]
        celery = ["celery", "--quiet", "-A", "tests.faults.naive.app", "worker"]
        workers = {
            room: [*celery, "-Q", room, "-n", f"{room}@%h", "--pool", "prefork", "-c", "2"]
            for room in WORKERS
        }
        control = "--no-control-socket"  # two stacks would share one below the home folder
        return {"web": [*web, control, "tests.faults.naive.web:create_app()"], **workers}

    def _start_s3(self) -> None:
        """It keeps no photos."""

    def _release(self) -> None:
        connection = self.connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(TABLES)
        finally:
            connection.close()

    def messages(self, which: str) -> list[tuple[str, tuple[object, ...], str]]:
        """Work is known only by the requests: what is sent again is any of their three tasks."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT id AS run_id FROM naive_requests {which}")
                ids = [row[0] for row in cursor.fetchall()]
        finally:
            connection.close()
        return [(task, (row,), room) for row in ids for room, task in WORKERS.items()]


def _judge(stack: StormStack, ledger: Ledger, _cuts: int) -> Verdict:
    """Held against the same promises, as far as they can be asked of it."""
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
    accepted = {row_id: requests.get(row_id, ("", "gone")) for row_id in ledger.accepted.values()}
    untriaged = [i for i, (_, category) in accepted.items() if category in ("pending", "gone")]
    mails = Counter(mail.recipients[0] for mail in stack.smtp.accepted)
    wanted = {f"r-{key[:12]}@example.com" for key in ledger.with_mail if key in ledger.accepted}
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
    feels=lambda fault: not any(word in fault for word in _ABSENT),
)
