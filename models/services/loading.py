"""Generated requests for load tests: many of them, over two years, in both languages."""

import io
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.base import now
from models.services.indexes import without_indexes
from models.services.references import ALPHABET
from models.services.search import searched_forms
from models.services.statistics import fold_deltas
from models.words import Priority, Status

BATCH = 20_000
_SEED = 20_000_101

# What breaks, per category: (Korean, English).
_FAULTS: dict[str, tuple[tuple[str, str], ...]] = {
    "electrical": (
        ("복도 전등이 깜박거려요", "The hallway light flickers"),
        ("콘센트에 전기가 안 들어옵니다", "The wall outlet has no power"),
        ("차단기가 자꾸 내려가요", "The breaker keeps tripping"),
    ),
    "plumbing": (
        ("화장실누수가 심합니다", "The toilet is leaking"),
        ("천장에서 누수가 발생했어요", "Water is leaking from the ceiling"),
        ("세면대 물이 안 내려가요", "The sink is clogged"),
        ("온수가 안 나옵니다", "There is no hot water"),
    ),
    "hvac": (
        ("에어컨에서 찬바람이 안 나와요", "The air conditioner blows warm air"),
        ("난방이 안 돼서 춥습니다", "The heating does not work"),
        ("환풍기 소리가 너무 커요", "The ventilation fan is very loud"),
    ),
    "structural": (
        ("창문이 안 닫혀요", "The window does not close"),
        ("벽에 금이 갔습니다", "There is a crack in the wall"),
        ("바닥 타일이 들떴어요", "Floor tiles are loose"),
    ),
    "elevator": (
        ("엘리베이터가 층 사이에 멈춥니다", "The elevator stops between floors"),
        ("승강기 버튼이 안 눌려요", "The lift button does not respond"),
    ),
    "security": (
        ("현관 도어록이 고장났어요", "The front door lock is broken"),
        ("출입카드가 인식되지 않습니다", "My access card is not read"),
    ),
    "fire_safety": (
        ("화재감지기가 계속 울려요", "The smoke detector keeps chirping"),
        ("소화기 점검 날짜가 지났습니다", "The extinguisher inspection is overdue"),
    ),
    "appliance": (
        ("공용 세탁기가 탈수를 안 해요", "The shared washing machine does not spin"),
        ("냉장고가 시원하지 않습니다", "The refrigerator is not cold"),
    ),
    "pest": (
        ("주방에 바퀴벌레가 나와요", "Cockroaches in the kitchen"),
        ("창고에서 쥐를 봤습니다", "I saw a mouse in the storage room"),
    ),
    "cleaning": (
        ("계단에 쓰레기가 쌓여 있어요", "Garbage piles up in the stairwell"),
        ("로비 바닥이 더럽습니다", "The lobby floor is dirty"),
    ),
    "other": (
        ("주차 자리에 다른 차가 있어요", "Somebody parked in my space"),
        ("윗집 소음이 심합니다", "The neighbours upstairs are noisy"),
    ),
}
_MORE = (
    ("어제부터 그래요", "since yesterday"),
    ("빨리 봐주세요", "please come soon"),
    ("지난주에도 말씀드렸습니다", "I reported it last week too"),
    ("밤에 더 심해요", "it is worse at night"),
    ("아이가 있어서 걱정됩니다", "we have a small child"),
    ("", ""),
)
_CATEGORY_WEIGHTS = (14, 26, 16, 12, 4, 7, 4, 6, 4, 5, 2)
_PRIORITIES = ((Priority.LOW, 22), (Priority.MEDIUM, 55), (Priority.HIGH, 19), (Priority.URGENT, 4))
_OLD_STATUSES = ((Status.COMPLETED, 92), (Status.CANCELLED, 6), (Status.ON_HOLD, 2))
_NEW_STATUSES = (
    (Status.PENDING, 40),
    (Status.IN_PROGRESS, 35),
    (Status.ON_HOLD, 10),
    (Status.COMPLETED, 15),
)
_NAMES = ("김서연", "이도윤", "박하은", "최민준", "정지우", "Alex Kim", "Sam Lee", "Jordan Park")

_TABLES = ("maintenance_requests", "search_texts", "timeline_entries", "triage_results")
_REQUEST_COLUMNS = (
    "id, reference, description, location, contact_info, contact_email, requester_name, language, "
    "category, priority, status, assignee, danger, submitted_on, created_at, updated_at, "
    "completed_at, version"
)


@dataclass(frozen=True, slots=True)
class _Made:
    """One request as lines for COPY, one attribute per table."""

    request: str
    search: str
    timeline: str
    triage: str


def load_requests(
    session: Session,
    count: int,
    *,
    timezone: ZoneInfo,
    progress: Callable[[int], None],
) -> None:
    """Insert ``count`` generated requests of the last two years, the oldest first.

    ``progress`` is called after each batch with the number of requests in it. The caller commits.
    If there was no request before, indexes are dropped and created again after the rows; other
    sessions wait until then.
    """
    first = session.execute(
        text("SELECT coalesce(max(id), 0) + 1 FROM maintenance_requests")
    ).scalar_one()
    chance = random.Random(_SEED + first)  # noqa: S311 - generated text, not for security
    moment, step = now() - timedelta(days=730), timedelta(days=730) / count
    made = (
        _make(row_id, moment + step * n, timezone, chance)
        for n, row_id in enumerate(range(first, first + count), 1)
    )
    session.execute(text("SET LOCAL statement_timeout = 0"))
    with without_indexes(session, _TABLES) if first == 1 else nullcontext():
        for batch in _prefetched(_batches(made)):
            _copy(session, batch)
            progress(len(batch))
    fold_deltas(session)
    session.execute(
        text(
            "SELECT setval(pg_get_serial_sequence('maintenance_requests', 'id'), "
            "(SELECT max(id) FROM maintenance_requests))"
        )
    )


def _prefetched(batches: Iterator[list[_Made]]) -> Iterator[list[_Made]]:
    """Generate the next batch while the database writes this one."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        following: Future[list[_Made]] = executor.submit(next, batches, [])
        while batch := following.result():
            following = executor.submit(next, batches, [])
            yield batch


def _batches(made: Iterator[_Made]) -> Iterator[list[_Made]]:
    batch: list[_Made] = []
    for one in made:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _copy(session: Session, batch: list[_Made]) -> None:
    cursor = session.connection().connection.cursor()
    for table, columns, lines in (
        ("maintenance_requests", _REQUEST_COLUMNS, (one.request for one in batch)),
        ("search_texts", "request_id, created_at, plain, jamo", (one.search for one in batch)),
        (
            "timeline_entries",
            "request_id, event, actor, data, created_at",
            (one.timeline for one in batch),
        ),
        (
            "triage_results",
            "request_id, category, priority, confidence, reason, language, model, "
            "prompt_version, degraded, created_at",
            (one.triage for one in batch),
        ),
    ):
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO("".join(lines)))


def _make(row_id: int, at: datetime, timezone: ZoneInfo, chance: random.Random) -> _Made:
    category = chance.choices(tuple(_FAULTS), _CATEGORY_WEIGHTS)[0]
    language = "ko" if chance.random() < 0.7 else "en"
    side = 0 if language == "ko" else 1
    description = f"{chance.choice(_FAULTS[category])[side]} {chance.choice(_MORE)[side]}".strip()
    location = (
        f"{chance.choice('ABCDEFGH')}동 {chance.randint(1, 20)}층 {chance.randint(101, 2015)}호"
    )
    name = chance.choice(_NAMES)
    contact = f"tenant{chance.randrange(50_000)}@example.com"
    priority = _choice(_PRIORITIES, chance)
    recent = now() - at < timedelta(days=21)
    status = _choice(_NEW_STATUSES if recent else _OLD_STATUSES, chance)
    done = at + timedelta(hours=chance.expovariate(1 / 40)) if status == Status.COMPLETED else None
    reference = _reference(row_id)
    stamp = at.isoformat()
    plain, jamo = searched_forms(
        " | ".join((reference, reference.replace("-", ""), location, description, name, contact))
    )
    finished = done.isoformat() if done else "\\N"
    return _Made(
        request="\t".join(
            (
                str(row_id),
                reference,
                description,
                location,
                contact,
                contact,
                name,
                language,
                category,
                priority,
                status,
                "",
                "",
                at.astimezone(timezone).date().isoformat(),
                stamp,
                finished if done else stamp,
                finished,
                "2",
            )
        )
        + "\n",
        search=f"{row_id}\t{stamp}\t{plain}\t{jamo}\n",
        timeline=f"{row_id}\trequest_submitted\t\t{{}}\t{stamp}\n"
        f'{row_id}\trequest_categorized\t\t{{"category": "{category}", "priority": "{priority}"}}'
        f"\t{stamp}\n",
        triage=f"{row_id}\t{category}\t{priority}\t0.9\t\t{language}\tloaded\t\tf\t{stamp}\n",
    )


def _choice(weighted: tuple[tuple[str, int], ...], chance: random.Random) -> str:
    return chance.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]


def _reference(row_id: int) -> str:
    """A reference made from the id: unique, and unlikely to equal a random one."""
    letters = []
    for _ in range(8):
        row_id, digit = divmod(row_id, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters[:4]) + "-" + "".join(letters[4:])
