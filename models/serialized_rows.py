"""The requests of a list as JSON, each written once for each of its versions."""

from collections.abc import Sequence
from functools import lru_cache

import orjson

from models.base import Database
from models.queries.requests import LISTED_WITH_STAMP, rows_in_order
from models.serializers import serialize_rows

_MOST = 4000  # about 4 MB


class SerializedRows:
    """Keeps the JSON of requests that lists showed lately. Safe to share between threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._rows: dict[int, tuple[str, bytes]] = {}

    def find(self, database: Database, stamps: Sequence[tuple[int, str]]) -> list[bytes]:
        """The requests with these ids, in this order, each as a JSON object for operators.

        ``stamps`` are ids and the versions of rows as ``STAMP`` has them. One that was changed since
        is shown as it is now; one that is gone is left out.
        """
        kept = {row_id: self._rows.get(row_id) for row_id, _ in stamps}
        missing = [row_id for row_id, version in stamps if (kept[row_id] or ("",))[0] != version]
        if missing:
            kept |= dict.fromkeys(missing) | self._write(database, missing)
        return [row[1] for row_id, _ in stamps if (row := kept[row_id])]

    def _write(self, database: Database, ids: list[int]) -> dict[int, tuple[str, bytes]]:
        rows = rows_in_order(database, ids, LISTED_WITH_STAMP)
        written = {
            row.id: (row.xmin, orjson.dumps(shown, option=orjson.OPT_UTC_Z))
            for row, shown in zip(rows, serialize_rows(rows), strict=True)
        }
        if len(self._rows) + len(written) > self._most:
            self._rows = {}  # simple, and at its dearest it costs what each page costs without it
        self._rows |= written
        return written


@lru_cache(maxsize=1)
def serialized_rows() -> SerializedRows:
    """This process's own."""
    return SerializedRows()
