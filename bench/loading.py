"""Made-up requests over the last two years, in both languages, as many as a city has:
``python -m bench.loading REQUESTS OPERATORS`` writes them into DATABASE_URL.
"""

import io
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.calls import examples
from config.settings import get_settings
from models.base import now
from models.database import transaction
from models.services.references import ALPHABET
from models.services.search import searched_forms
from models.services.statistics import fold_deltas
from models.services.users import create_user

BATCH = 20_000
PASSWORD = "for measuring only 4711"  # of the operators
_YEARS, _RECENT = timedelta(days=730), timedelta(days=21)
_SEED = 20_000_101
_OLD_STATUSES = ("completed", "cancelled", "on_hold"), (92, 6, 2)
_NEW_STATUSES = ("pending", "in_progress", "on_hold", "completed"), (40, 35, 10, 15)
_NAMES = ("김서연", "이도윤", "박하은", "최민준", "정지우", "Alex Kim", "Sam Lee", "Jordan Park")
# Lines for COPY by table, in this order.
_COLUMNS = {
    "maintenance_requests": (
        "id, reference, description, location, contact_info, contact_email, requester_name, language,"
        " category, priority, status, assignee, danger, submitted_on, created_at, updated_at,"
        " completed_at, version"
    ),
    "search_texts": "request_id, created_at, plain, jamo",
    "timeline_entries": "request_id, event, actor, data, created_at",
    "triage_results": (
        "request_id, category, priority, confidence, reason, language, model, prompt_version,"
        " degraded, created_at"
    ),
}
# Primary keys stay: foreign keys depend on them, and inserts in the order of ids cost them little.
_KEYS = text("""
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid)) AS make
    FROM pg_constraint
    WHERE conrelid = ANY (CAST(:tables AS regclass[])) AND contype IN ('f', 'u')
    ORDER BY contype = 'f', conname
""")
_INDEXES = text("""
    SELECT format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS make
    FROM pg_index i
    WHERE indrelid = ANY (CAST(:tables AS regclass[])) AND NOT indisprimary
      AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    ORDER BY indexrelid
""")
_NEXT = "SELECT coalesce(max(id), 0) + 1 FROM maintenance_requests"
_SET_NEXT = f"SELECT setval(pg_get_serial_sequence('maintenance_requests', 'id'), ({_NEXT}), false)"


def load_requests(
    session: Session, count: int, *, timezone: ZoneInfo, progress: Callable[[int], None]
) -> None:
    """Insert ``count`` requests of the last two years, the oldest first.

    ``progress`` is called after each batch with the number of requests so far. The caller commits. If
    there was no request before, indexes are made after the rows; other sessions wait until then.
    """
    first = session.execute(text(_NEXT)).scalar_one()
    chance, start = random.Random(_SEED + first), now() - _YEARS
    session.execute(text("SET LOCAL statement_timeout = 0"))
    with _without_indexes(session) if first == 1 else nullcontext():
        for done in range(0, count, BATCH):
            numbers = range(done, min(done + BATCH, count))
            times = (start + _YEARS * (number + 1) / count for number in numbers)
            ids = range(first + numbers[0], first + numbers[-1] + 1)
            _copy(
                session,
                [_lines(i, at, timezone, chance) for i, at in zip(ids, times, strict=True)],
            )
            progress(numbers[-1] + 1)
    fold_deltas(session)
    session.execute(text(_SET_NEXT))


@contextmanager
def _without_indexes(session: Session) -> Iterator[None]:
    """Indexes, unique and foreign keys are dropped, and made again after the block in the same
    transaction: making an index once costs a fraction of a million inserts into it."""
    tables = {"tables": list(_COLUMNS)}
    dropped = [*session.execute(_KEYS, tables), *session.execute(_INDEXES, tables)]
    connection = session.connection()
    for row in dropped:
        connection.exec_driver_sql(row.drop)
    yield
    connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
    for row in dropped:
        connection.exec_driver_sql(row.make)


def _copy(session: Session, batch: Sequence[tuple[str, ...]]) -> None:
    cursor = session.connection().connection.cursor()
    for (table, columns), lines in zip(_COLUMNS.items(), zip(*batch, strict=True), strict=True):
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO("".join(lines)))


def _lines(row_id: int, at: datetime, timezone: ZoneInfo, chance: random.Random) -> tuple[str, ...]:
    """One request, for each table."""
    said, more, name = chance.choice(examples()), chance.choice(examples()), chance.choice(_NAMES)
    category, priority, language = said["category"], said["priority"], said["language"]
    words = said["text"] + (f" {more['text']}" if more["language"] == language else "")
    place = f"{chance.choice('ABCDEFGH')}동 {chance.randint(1, 20)}층 {chance.randint(101, 2015)}호"
    contact = f"tenant{chance.randrange(50_000)}@example.com"
    statuses, weights = _NEW_STATUSES if now() - at < _RECENT else _OLD_STATUSES
    status = chance.choices(statuses, weights)[0]
    reference, stamp, finished = _reference(row_id), at.isoformat(), r"\N"
    if status == "completed":
        finished = (at + timedelta(hours=chance.expovariate(1 / 40))).isoformat()
    found = (reference, reference.replace("-", ""), place, words, name, contact)
    day, changed = at.astimezone(timezone).date(), stamp if finished == r"\N" else finished
    data = f'{{"category": "{category}", "priority": "{priority}"}}'
    return (
        _line(row_id, reference, words, place, contact, contact, name, language, category,
              priority, status, "", "", day, stamp, changed, finished, 2),
        _line(row_id, stamp, *searched_forms(" | ".join(found))),
        _line(row_id, "request_submitted", "", "{}", stamp)
        + _line(row_id, "request_categorized", "", data, stamp),
        _line(row_id, category, priority, 0.9, "", language, "loaded", "", "f", stamp),
    )  # fmt: skip


def _line(*values: object) -> str:
    return "\t".join(map(str, values)) + "\n"


def _reference(row_id: int) -> str:
    """Made from the id: unique, and unlikely to equal a random one."""
    letters = ""
    for _ in range(8):
        row_id, digit = divmod(row_id, len(ALPHABET))
        letters += ALPHABET[digit]
    return f"{letters[:4]}-{letters[4:]}"


def main(requests: int, operators: int) -> None:
    def progress(done: int) -> None:
        sys.stderr.write(f"\r  {done:,} of {requests:,} requests")

    with transaction() as session:
        load_requests(session, requests, timezone=get_settings().timezone, progress=progress)
        for number in range(operators):
            create_user(session, username=f"operator{number}", password=PASSWORD)
    sys.stderr.write("\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
