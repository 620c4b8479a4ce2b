"""Many values as one parameter of a statement.

The driver writes a Python list out as an array of single constants, each of which PostgreSQL has to
parse, analyse and plan for; as one text they cost a tenth of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson


def as_array(numbers: Iterable[int]) -> str:
    """For ``CAST(:name AS bigint[])`` and its like."""
    return "{" + ",".join(map(str, numbers)) + "}"


def as_rows(rows: Iterable[Mapping[str, Any]]) -> str:
    """For ``json_to_recordset(CAST(:name AS json))``, which takes columns by their names."""
    return orjson.dumps(list(rows)).decode()
