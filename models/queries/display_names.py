"""What users are called."""

from collections.abc import Collection

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.base import Database
from models.prepared import Prepared
from models.user import User

_USERS = User.__table__.c
_NAMES = Prepared.select(
    "display_names",
    select(_USERS.id, _USERS.name, _USERS.username).where(
        _USERS.id == func.any(bindparam("ids", type_=ARRAY(BigInteger))), _USERS.active
    ),
)


def list_display_names(database: Database, user_ids: Collection[int]) -> dict[int, str]:
    """By id; without those that are gone or disabled."""
    if not user_ids:
        return {}
    rows = _NAMES.find(database, {"ids": list(user_ids)})
    return {row.id: row.name or row.username for row in rows}
