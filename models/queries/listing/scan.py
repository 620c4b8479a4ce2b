"""The two ways to look for words: at the newest rows one by one, or by the words' index."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from models.queries.listing.conditions import (
    Given,
    created_between,
    equal_to,
    in_location,
    says_all,
    stands_in,
    where_all,
)
from models.queries.listing.filter import Filter, Position
from models.queries.listing.ranking import INSIDE, Tier, mentions, sees, tier_number, tiers_of

_SORTED_BY = {"created_at": "m.created_at", "updated_at": "m.updated_at"}
_JOIN = " JOIN maintenance_requests m ON m.id = s.request_id"

# Never called, but it may not run in parallel, so nothing in its statement does: starting workers
# takes longer than most looks, and what they find waits for them while the machine is busy.
_ALONE = "CASE WHEN false THEN lastval()::int END"
# The words are no condition of the rows looked at, so that no other index tempts the planner. One
# row without a tier tells of all of them, another is the last if there are that many.
_LOOK = f"""
WITH newest AS (
    SELECT {{value}} AS value, {{id}} AS id, CASE WHEN {{fits}} THEN {{tier}} END AS tier
    FROM {{tables}} {{where}}
    ORDER BY {{value}} {{order}}, {{id}} {{order}} LIMIT :size
)
(SELECT value, id, tier, 0 AS fits, 0 AS rows FROM newest WHERE tier >= :first
 ORDER BY tier, value {{order}}, id {{order}} LIMIT :enough)
UNION ALL
(SELECT NULL, NULL, {_ALONE}, count(tier), {{rows}} FROM newest)
UNION ALL
(SELECT value, id, NULL, NULL, NULL FROM newest OFFSET :size - 1 LIMIT 1)
"""
# Where only the number matters: it stops at the last one that is wanted.
_LOOK_FOR_SOME = f"""
SELECT count(*), {_ALONE}, CASE WHEN count(*) < :enough THEN EXISTS (
    SELECT FROM {{tables}} {{where}} ORDER BY {{value}} {{order}}, {{id}} {{order}} OFFSET :size
) END
FROM (
    SELECT FROM (
        SELECT {{fits}} AS fits FROM {{tables}} {{where}}
        ORDER BY {{value}} {{order}}, {{id}} {{order}} LIMIT :size
    ) newest WHERE fits LIMIT :enough
) fitting
"""
_ROWS = "(SELECT max(request_id) FROM search_texts)"
# Materialised, or the planner would walk the newest in vain hope.
_READ = """
WITH found AS MATERIALIZED (
    SELECT {value} AS value, s.request_id AS id, {tier} AS tier FROM search_texts s{join} {where}
)
"""
# Texts are wide: those that a filter takes away again are not carried along for their tier.
_READ_FILTERED = """
WITH filtered AS MATERIALIZED (
    SELECT {value} AS value, s.request_id AS id FROM search_texts s{join} {where}
), found AS MATERIALIZED (
    SELECT value, id, {tier} AS tier FROM filtered JOIN search_texts s ON s.request_id = id
)
"""
_PAGE = f"""
SELECT value, id, tier, (SELECT count(*) FROM found) AS size, {_ALONE}
FROM found {{where}}
ORDER BY tier, value {{order}}, id {{order}} OFFSET :skip LIMIT :limit
"""
_COUNT = f"""
SELECT count(*), {_ALONE} FROM (SELECT FROM search_texts s{{join}} {{where}} LIMIT :limit) found
"""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What some rows of the list without words hold.

    ``positions`` are the best of those that fit, of ``fits`` in all (tiers that are not wanted count
    too); ``end`` is the last row looked at, None if there are no more. The table has about ``rows``,
    where that was asked.
    """

    positions: Sequence[Position]
    fits: int
    rows: int
    end: Position | None


class SearchPlan:
    """Everything that is to be known of one filter with words to write its statements."""

    def __init__(self, wanted: Filter) -> None:
        self._wanted = wanted
        self._given = Given()
        self._order = "DESC" if wanted.descending else "ASC"
        location = [] if (words := mentions(wanted.location, self._given)) is None else [words]
        everywhere = [] if (words := mentions(wanted.q, self._given)) is None else [words]
        self._location = location
        self._words = list(dict.fromkeys([*everywhere, *location]))
        self._sights = [
            sight
            for query in (wanted.q, wanted.location)
            if (sight := mentions(query, self._given, plain=sees)) is not None
        ]
        self._tier = tier_number(wanted.q, self._given) if wanted.ranks else str(INSIDE)
        self.tiers = (
            tiers_of(wanted.q, self._given)
            if wanted.ranks
            else [Tier(INSIDE, " AND ".join(self._words))]
        )
        self._equal = equal_to(wanted, self._given)
        self._located = in_location(wanted, self._given)
        self._by_time = wanted.sort == "created_at"
        self._in_location_alone = not everywhere and says_all(wanted.location)

    @property
    def on_requests(self) -> bool:
        """Whether it is the requests that are walked."""
        return bool(self._equal) or not self._by_time or self._in_location_alone

    @property
    def on_texts(self) -> bool:
        """Whether each row's words are fetched."""
        return not self._in_location_alone

    def look(
        self,
        session: Session,
        size: int,
        *,
        first: int,
        enough: int,
        after: Position | None,
        sized: bool = False,
    ) -> ScanResult:
        """The ``enough`` best, of tier ``first`` and below, among the next ``size`` rows that the list
        would have without words; ``sized`` asks how large the table is."""
        walk, given = self._walk(after)
        statement = _LOOK.format(**walk, tier=self._tier, rows=_ROWS if sized else "0")
        given.update(size=size, first=first, enough=enough)
        return _as_result(session.execute(_prepared(statement), given).all())

    def count_next(
        self, session: Session, size: int, *, enough: int, after: Position | None
    ) -> tuple[int, bool]:
        """How many fit among the next ``size`` rows, up to ``enough``; and, where there are fewer,
        whether there may be more beyond."""
        walk, given = self._walk(after)
        given.update(size=size, enough=enough)
        statement = _prepared(_LOOK_FOR_SOME.format(**walk))
        count, _, beyond = session.execute(statement, given).one()
        return count, bool(beyond)

    def _walk(self, after: Position | None) -> tuple[dict[str, str], Given]:
        """What is walked after that position, and what a row must be to fit."""
        given = Given(self._given)
        if self.on_texts:
            fits, tables = " AND ".join([*self._sights, *self._located]), "search_texts s"
            tables += _JOIN if self.on_requests else ""
        else:
            fits = stands_in("m.location", self._wanted.location, given)
            tables = "maintenance_requests m"
        value, row_id = (
            (_SORTED_BY[self._wanted.sort], "m.id")
            if self.on_requests
            else ("s.created_at", "s.request_id")
        )
        created = "m.created_at" if self.on_requests else "s.created_at"
        conditions = [*self._equal, *created_between(self._wanted, created, given)]
        if after:
            conditions.append(self._beyond(after, (value, row_id), given))
        words = {"fits": fits, "tables": tables, "value": value, "id": row_id, "order": self._order}
        return {**words, "where": where_all(conditions)}, given

    def read(
        self,
        session: Session,
        tiers: Sequence[Tier],
        *,
        after: Position | None,
        skip: int,
        limit: int,
    ) -> tuple[list[Position], int | None]:
        """By the words' index, what is in ``tiers``: a part of it, and how much was found for it (None
        if that part is empty)."""
        given, first, several = Given(self._given), tiers[0].number, len(tiers) > 1
        value = "s.created_at" if self._by_time else _SORTED_BY[self._wanted.sort]
        words = self._words if several else self._only(tiers[0])
        times = created_between(self._wanted, "s.created_at", given)
        read = _READ_FILTERED if several and self.on_requests else _READ
        statement = read.format(
            value=value,
            tier=self._tier if several else first,
            join=_JOIN if self.on_requests else "",
            where=where_all([*words, *self._equal, *self._located, *times]),
        )
        left = [f"tier >= {first}"]
        if after:
            left.append(f"(tier > {first} OR {self._beyond(after, ('value', 'id'), given)})")
        statement += _PAGE.format(where=where_all(left), order=self._order)
        given.update(skip=skip, limit=limit)
        rows = session.execute(_prepared(statement), given).all()
        return _as_positions(rows), rows[0].size if rows else None

    def count(self, session: Session, limit: int) -> int:
        """How many fit, up to ``limit``, the planner's way: it stops early where it can."""
        given = Given(self._given)
        times = created_between(self._wanted, "s.created_at", given)
        where = where_all([*self._words, *self._equal, *self._located, *times])
        statement = _COUNT.format(join=_JOIN if self._equal else "", where=where)
        given.update(limit=limit)
        return int(session.execute(_prepared(statement), given).scalar_one())

    def _only(self, tier: Tier) -> list[str]:
        """What is in one tier; all that is mentioned, if there is no other."""
        return self._words if len(self.tiers) == 1 else [tier.condition, *self._location]

    def _beyond(self, after: Position, columns: tuple[str, str], given: Given) -> str:
        sign = "<" if self._wanted.descending else ">"
        position = f"{given.name(after.value)}, {given.name(after.row_id)}"
        return f"({', '.join(columns)}) {sign} ({position})"


@lru_cache(maxsize=512)
def _prepared(statement: str) -> TextClause:
    return text(statement)


def _as_result(rows: Sequence[Row[Any]]) -> ScanResult:
    positions, end, fits, size = [], None, 0, 0
    for value, row_id, tier, fitting, of_rows in rows:
        if tier is not None:
            positions.append(Position(value, row_id, tier))
        elif row_id is not None:
            end = Position(value, row_id)
        else:
            fits, size = fitting, of_rows or 0
    return ScanResult(positions, fits, size, end)


def _as_positions(rows: Sequence[Row[Any]]) -> list[Position]:
    return [Position(row.value, row.id, row.tier) for row in rows]
