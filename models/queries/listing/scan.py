"""The two ways to search for words: scan the newest rows one by one, or use the trigram index."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, TextClause, text

from models.base import Database
from models.queries.listing.conditions import (
    Parameters,
    contains,
    created_between,
    equal_to,
    in_location,
    location_suffices,
    where_all,
)
from models.queries.listing.filter import Filter, Position
from models.queries.listing.ranking import (
    INSIDE,
    Tier,
    mentions,
    plain_like,
    tier_number,
    tiers_of,
)

_SORTED_BY = {"created_at": "m.created_at", "updated_at": "m.updated_at"}
_JOIN = " JOIN maintenance_requests m ON m.id = s.request_id"

# lastval() is never called here, but it is not parallel safe, so PostgreSQL runs the statement
# without parallel workers. Starting them takes longer than most of these statements, and on a busy
# machine they delay the result.
_NOT_PARALLEL = "CASE WHEN false THEN lastval()::int END"
# The words are in the select list and not in WHERE, so that the planner uses no other index. Besides
# the rows that fit, it returns one row with the counts of all scanned rows, and one row with the last
# scanned row if :size rows were scanned.
_SCAN = f"""
WITH newest AS (
    SELECT {{value}} AS value, {{id}} AS id, CASE WHEN {{fits}} THEN {{tier}} END AS tier
    FROM {{tables}} {{where}}
    ORDER BY {{value}} {{order}}, {{id}} {{order}} LIMIT :size
)
(SELECT value, id, tier, 0 AS fits, 0 AS rows FROM newest WHERE tier >= :first
 ORDER BY tier, value {{order}}, id {{order}} LIMIT :enough)
UNION ALL
(SELECT NULL, NULL, {_NOT_PARALLEL}, count(tier), {{rows}} FROM newest)
UNION ALL
(SELECT value, id, NULL, NULL, NULL FROM newest OFFSET :size - 1 LIMIT 1)
"""
# Counts only, and stops at :enough.
_SCAN_COUNT = f"""
SELECT count(*), {_NOT_PARALLEL}, CASE WHEN count(*) < :enough THEN EXISTS (
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
# Materialised: otherwise the planner may scan the rows by time until it has found a page.
_READ = """
WITH found AS MATERIALIZED (
    SELECT {value} AS value, s.request_id AS id, {tier} AS tier FROM search_texts s{join} {where}
)
"""
# The tier needs the texts, which are wide: they are read only for the rows that the filter leaves.
_READ_FILTERED = """
WITH filtered AS MATERIALIZED (
    SELECT {value} AS value, s.request_id AS id FROM search_texts s{join} {where}
), found AS MATERIALIZED (
    SELECT value, id, {tier} AS tier FROM filtered JOIN search_texts s ON s.request_id = id
)
"""
_PAGE = f"""
SELECT value, id, tier, (SELECT count(*) FROM found) AS size, {_NOT_PARALLEL}
FROM found {{where}}
ORDER BY tier, value {{order}}, id {{order}} OFFSET :skip LIMIT :limit
"""
_COUNT = f"""
SELECT count(*), {_NOT_PARALLEL} FROM (
    SELECT FROM search_texts s{{join}} {{where}} LIMIT :limit
) found
"""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The result of scanning some rows.

    ``fits`` is how many of them fit, of any tier; ``positions`` are the best of the wanted tiers.
    ``end`` is the last scanned row; None if the scan reached the end of the list. ``rows`` is about
    how many rows the table has; 0 if that was not asked for.
    """

    positions: Sequence[Position]
    fits: int
    rows: int
    end: Position | None


class SearchPlan:
    """The statements for one filter with words."""

    def __init__(self, wanted: Filter) -> None:
        self._wanted = wanted
        self._parameters = Parameters()
        self._order = "DESC" if wanted.descending else "ASC"
        location = [] if (words := mentions(wanted.location, self._parameters)) is None else [words]
        everywhere = [] if (words := mentions(wanted.q, self._parameters)) is None else [words]
        self._location = location
        self._words = list(dict.fromkeys([*everywhere, *location]))
        self._words_in_scan = [
            words
            for query in (wanted.q, wanted.location)
            if (words := mentions(query, self._parameters, plain=plain_like)) is not None
        ]
        self._tier = tier_number(wanted.q, self._parameters) if wanted.ranks else str(INSIDE)
        self.tiers = (
            tiers_of(wanted.q, self._parameters)
            if wanted.ranks
            else [Tier(INSIDE, " AND ".join(self._words))]
        )
        self._equal = equal_to(wanted, self._parameters)
        self._located = in_location(wanted, self._parameters)
        self._by_time = wanted.sort == "created_at"
        self._in_location_alone = not everywhere and location_suffices(wanted.location)

    @property
    def scans_requests(self) -> bool:
        """Whether a scan reads maintenance_requests in the list's order; else it reads
        search_texts."""
        return bool(self._equal) or not self._by_time or self._in_location_alone

    @property
    def reads_texts(self) -> bool:
        """Whether a scan reads each row's search text."""
        return not self._in_location_alone

    def scan(
        self,
        database: Database,
        size: int,
        *,
        first: int,
        enough: int,
        after: Position | None,
        sized: bool = False,
    ) -> ScanResult:
        """Scan the next ``size`` rows of the list without words for the ``enough`` best that fit, of
        tier ``first`` or a worse one; ``sized`` asks how large the table is."""
        parts, parameters = self._scan_parts(after)
        statement = _SCAN.format(**parts, tier=self._tier, rows=_ROWS if sized else "0")
        parameters.update(size=size, first=first, enough=enough)
        return _as_result(database.execute(_prepared(statement), parameters).all())

    def count_next(
        self, database: Database, size: int, *, enough: int, after: Position | None
    ) -> tuple[int, bool]:
        """How many of the next ``size`` rows fit, up to ``enough``; and, if there are fewer, whether
        the list goes on after these rows."""
        parts, parameters = self._scan_parts(after)
        parameters.update(size=size, enough=enough)
        statement = _prepared(_SCAN_COUNT.format(**parts))
        count, _, goes_on = database.execute(statement, parameters).one()
        return count, bool(goes_on)

    def _scan_parts(self, after: Position | None) -> tuple[dict[str, str], Parameters]:
        """The parts of a statement that scans the rows after that position, and its parameters."""
        parameters = Parameters(self._parameters)
        if self.reads_texts:
            fits, tables = " AND ".join([*self._words_in_scan, *self._located]), "search_texts s"
            tables += _JOIN if self.scans_requests else ""
        else:
            fits = contains("m.location", self._wanted.location, parameters)
            tables = "maintenance_requests m"
        value, row_id = (
            (_SORTED_BY[self._wanted.sort], "m.id")
            if self.scans_requests
            else ("s.created_at", "s.request_id")
        )
        created = "m.created_at" if self.scans_requests else "s.created_at"
        conditions = [*self._equal, *created_between(self._wanted, created, parameters)]
        if after:
            conditions.append(self._beyond(after, (value, row_id), parameters))
        parts = {"fits": fits, "tables": tables, "value": value, "id": row_id, "order": self._order}
        return {**parts, "where": where_all(conditions)}, parameters

    def read_index(
        self,
        database: Database,
        tiers: Sequence[Tier],
        *,
        after: Position | None,
        skip: int,
        limit: int,
    ) -> tuple[list[Position], int | None]:
        """Up to ``limit`` requests of ``tiers``, found by the trigram index, and how many requests it
        found for them in all (None if the list is empty)."""
        parameters, first, several = Parameters(self._parameters), tiers[0].number, len(tiers) > 1
        value = "s.created_at" if self._by_time else _SORTED_BY[self._wanted.sort]
        words = self._words if several else self._only(tiers[0])
        times = created_between(self._wanted, "s.created_at", parameters)
        read = _READ_FILTERED if several and self.scans_requests else _READ
        statement = read.format(
            value=value,
            tier=self._tier if several else first,
            join=_JOIN if self.scans_requests else "",
            where=where_all([*words, *self._equal, *self._located, *times]),
        )
        left = [f"tier >= {first}"]
        if after:
            left.append(f"(tier > {first} OR {self._beyond(after, ('value', 'id'), parameters)})")
        statement += _PAGE.format(where=where_all(left), order=self._order)
        parameters.update(skip=skip, limit=limit)
        rows = database.execute(_prepared(statement), parameters).all()
        return _as_positions(rows), rows[0].size if rows else None

    def count(self, database: Database, limit: int) -> int:
        """How many fit, up to ``limit``. The planner chooses the way; it stops early where it can."""
        parameters = Parameters(self._parameters)
        times = created_between(self._wanted, "s.created_at", parameters)
        where = where_all([*self._words, *self._equal, *self._located, *times])
        statement = _COUNT.format(join=_JOIN if self._equal else "", where=where)
        parameters.update(limit=limit)
        return int(database.execute(_prepared(statement), parameters).scalar_one())

    def every_row(self) -> tuple[str, list[str], Parameters]:
        """The tables, conditions and parameters of all that fits, whenever it was submitted: ``m`` is
        maintenance_requests. For statements that count in another way."""
        tables = f"search_texts s{_JOIN}" if self._words else "maintenance_requests m"
        return tables, [*self._words, *self._equal, *self._located], Parameters(self._parameters)

    def _only(self, tier: Tier) -> list[str]:
        """The conditions of one tier. If it is the only one, the words alone are enough."""
        return self._words if len(self.tiers) == 1 else [tier.condition, *self._location]

    def _beyond(self, after: Position, columns: tuple[str, str], parameters: Parameters) -> str:
        sign = "<" if self._wanted.descending else ">"
        position = f"{parameters.bind(after.value)}, {parameters.bind(after.row_id)}"
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
