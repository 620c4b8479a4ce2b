"""Made-up requests over the last two years, in both languages, to look at Haja at a city's size:
``python -m bench.loading [--requests N] [--users N]`` writes them into DATABASE_URL.
"""

import argparse
import io
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.base import now
from models.database import transaction
from models.services.references import ALPHABET
from models.services.search import searched_forms
from models.services.statistics import fold_deltas
from models.services.users import create_user
from models.words import Role

BATCH = 20_000
PASSWORD = "for measuring only 4711"  # of the operators for load tests
_SEED = 20_000_101
_WITH_RARE_WORDS = range(300_001, 300_004)  # for searches that find next to nothing

# Category | what is said of it in Korean | and in English.
_FAULTS = """
electrical | 복도 전등이 깜박거려요 | The hallway light flickers
electrical | 콘센트에 전기가 안 들어옵니다 | The wall outlet has no power
electrical | 차단기가 자꾸 내려가요 | The breaker keeps tripping
plumbing | 화장실누수가 심합니다 | The toilet is leaking
plumbing | 천장에서 누수가 발생했어요 | Water is leaking from the ceiling
plumbing | 세면대 물이 안 내려가요 | The sink is clogged
plumbing | 온수가 안 나옵니다 | There is no hot water
hvac | 에어컨에서 찬바람이 안 나와요 | The air conditioner blows warm air
hvac | 난방이 안 돼서 춥습니다 | The heating does not work
hvac | 환풍기 소리가 너무 커요 | The ventilation fan is very loud
structural | 창문이 안 닫혀요 | The window does not close
structural | 벽에 금이 갔습니다 | There is a crack in the wall
structural | 바닥 타일이 들떴어요 | Floor tiles are loose
elevator | 엘리베이터가 층 사이에 멈춥니다 | The elevator stops between floors
elevator | 승강기 버튼이 안 눌려요 | The lift button does not respond
security | 현관 도어록이 고장났어요 | The front door lock is broken
security | 출입카드가 인식되지 않습니다 | My access card is not read
fire_safety | 화재감지기가 계속 울려요 | The smoke detector keeps chirping
fire_safety | 소화기 점검 날짜가 지났습니다 | The extinguisher inspection is overdue
appliance | 공용 세탁기가 탈수를 안 해요 | The shared washing machine does not spin
appliance | 냉장고가 시원하지 않습니다 | The refrigerator is not cold
pest | 주방에 바퀴벌레가 나와요 | Cockroaches in the kitchen
pest | 창고에서 쥐를 봤습니다 | I saw a mouse in the storage room
cleaning | 계단에 쓰레기가 쌓여 있어요 | Garbage piles up in the stairwell
cleaning | 로비 바닥이 더럽습니다 | The lobby floor is dirty
other | 주차 자리에 다른 차가 있어요 | Somebody parked in my space
other | 윗집 소음이 심합니다 | The neighbours upstairs are noisy
"""
_MORE = """
어제부터 그래요 | since yesterday
빨리 봐주세요 | please come soon
지난주에도 말씀드렸습니다 | I reported it last week too
밤에 더 심해요 | it is worse at night
아이가 있어서 걱정됩니다 | we have a small child
"""
_CATEGORIES = {"electrical": 14, "plumbing": 26, "hvac": 16, "structural": 12, "elevator": 4}
_CATEGORIES |= {
    "security": 7,
    "fire_safety": 4,
    "appliance": 6,
    "pest": 4,
    "cleaning": 5,
    "other": 2,
}
_PRIORITIES = {"low": 22, "medium": 55, "high": 19, "urgent": 4}
_OLD_STATUSES = {"completed": 92, "cancelled": 6, "on_hold": 2}
_NEW_STATUSES = {"pending": 40, "in_progress": 35, "on_hold": 10, "completed": 15}
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


def load_requests(
    session: Session, count: int, *, timezone: ZoneInfo, progress: Callable[[int], None]
) -> None:
    """Insert ``count`` requests of the last two years, the oldest first.

    ``progress`` is called after each batch with the number of requests so far. The caller commits. If
    there was no request before, indexes are made after the rows; other sessions wait until then.
    """
    first = session.execute(
        text("SELECT coalesce(max(id), 0) + 1 FROM maintenance_requests")
    ).scalar_one()
    chance = random.Random(_SEED + first)
    start, step = now() - timedelta(days=730), timedelta(days=730) / count
    session.execute(text("SET LOCAL statement_timeout = 0"))
    with _without_indexes(session) if first == 1 else nullcontext():
        for done in range(0, count, BATCH):
            numbers = range(done + 1, min(done + BATCH, count) + 1)
            _copy(
                session,
                [_lines(first + n - 1, start + step * n, timezone, chance) for n in numbers],
            )
            progress(numbers[-1])
    fold_deltas(session)
    session.execute(
        text(
            "SELECT setval(pg_get_serial_sequence('maintenance_requests', 'id'),"
            " (SELECT max(id) FROM maintenance_requests))"
        )
    )


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
    category = _choice(_CATEGORIES, chance)
    language = "ko" if chance.random() < 0.7 else "en"
    side = 0 if language == "ko" else 1
    description = (
        f"{chance.choice(_faults()[category])[side]} {chance.choice(_more())[side]}".strip()
    )
    if row_id in _WITH_RARE_WORDS:
        description += " 비둘기 pigeon"
    location = (
        f"{chance.choice('ABCDEFGH')}동 {chance.randint(1, 20)}층 {chance.randint(101, 2015)}호"
    )
    name, contact = chance.choice(_NAMES), f"tenant{chance.randrange(50_000)}@example.com"
    priority = _choice(_PRIORITIES, chance)
    recent = now() - at < timedelta(days=21)
    status = _choice(_NEW_STATUSES if recent else _OLD_STATUSES, chance)
    reference, stamp, finished = _reference(row_id), at.isoformat(), r"\N"
    if status == "completed":
        finished = (at + timedelta(hours=chance.expovariate(1 / 40))).isoformat()
    found = (reference, reference.replace("-", ""), location, description, name, contact)
    day, changed = at.astimezone(timezone).date(), stamp if finished == r"\N" else finished
    data = f'{{"category": "{category}", "priority": "{priority}"}}'
    return (
        _line(row_id, reference, description, location, contact, contact, name, language, category,
              priority, status, "", "", day, stamp, changed, finished, 2),
        _line(row_id, stamp, *searched_forms(" | ".join(found))),
        _line(row_id, "request_submitted", "", "{}", stamp)
        + _line(row_id, "request_categorized", "", data, stamp),
        _line(row_id, category, priority, 0.9, "", language, "loaded", "", "f", stamp),
    )  # fmt: skip


def _line(*values: object) -> str:
    return "\t".join(map(str, values)) + "\n"


def _choice(weights: dict[str, int], chance: random.Random) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


@lru_cache(maxsize=1)
def _faults() -> dict[str, list[list[str]]]:
    """By category, each in both languages."""
    rows = [line.split(" | ") for line in _FAULTS.strip().splitlines()]
    return {name: [said for key, *said in rows if key == name] for name in _CATEGORIES}


@lru_cache(maxsize=1)
def _more() -> list[list[str]]:
    return [["", ""], *(line.split(" | ") for line in _MORE.strip().splitlines())]


def _reference(row_id: int) -> str:
    """Made from the id: unique, and unlikely to equal a random one."""
    letters = ""
    for _ in range(8):
        row_id, digit = divmod(row_id, len(ALPHABET))
        letters += ALPHABET[digit]
    return f"{letters[:4]}-{letters[4:]}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.loading", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=0, help="operators for load tests")
    wanted = parser.parse_args()

    def progress(done: int) -> None:
        sys.stderr.write(f"\r  {done:,} of {wanted.requests:,} requests")

    with transaction() as session:
        load_requests(session, wanted.requests, timezone=get_settings().timezone, progress=progress)
        for number in range(wanted.users):
            create_user(
                session,
                username=f"operator{number}",
                password=PASSWORD,
                role=Role.OPERATOR,
            )
    sys.stderr.write("\n")


if __name__ == "__main__":
    main()
