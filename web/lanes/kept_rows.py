"""Rows of lists as JSON, each written once for each of its versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from config.settings import Settings, get_settings
from models.queries.express_page import read_rows
from models.services.links import status_url

_MOST = 4096  # rows, about half a kilobyte each
_LARGEST = 8_000_000  # bytes of all


@dataclass(frozen=True, slots=True)
class Row:
    """``json`` is what the list shows; the times say where the row stands in it."""

    json: bytes
    id: int
    created_at: datetime
    updated_at: datetime


class KeptRows:
    """Shared by the threads of a process: who comes second finds what the first has read."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._written_for: Settings | None = None
        self._size = 0

    def read(self, connection: Connection, stamps: Sequence[str]) -> list[Row] | None:
        """The rows with these stamps; one that has changed since is as it is now.

        None if one is gone. Raises psycopg2.Error.
        """
        settings = get_settings()
        full = len(self._rows) > _MOST or self._size > _LARGEST
        if full or self._written_for is not settings:
            self._rows, self._written_for, self._size = {}, settings, 0
        kept = self._rows
        found = [kept.get(stamp) for stamp in stamps]
        missing = [_id_of(stamp) for stamp, row in zip(stamps, found, strict=True) if row is None]
        if not missing:
            return [row for row in found if row]
        fresh = {}
        for stamp, columns in read_rows(connection, missing):
            row = fresh[_id_of(stamp)] = kept[stamp] = _written(columns, settings)
            self._size += len(row.json)
        rows = [row or fresh.get(_id_of(stamp)) for stamp, row in zip(stamps, found, strict=True)]
        return None if None in rows else [row for row in rows if row]


def _id_of(stamp: str) -> int:
    return int(stamp.partition(".")[0])


def _written(columns: dict[str, Any], settings: Settings) -> Row:
    """As ``present_rows`` has it."""
    shown = {**columns, "status_url": status_url(settings, columns["reference"])}
    data = orjson.dumps(shown, option=orjson.OPT_UTC_Z)
    return Row(data, columns["id"], columns["created_at"], columns["updated_at"])
