"""The declarative base of every table, with constraint names that migrations can rely on."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    Identity,
    MetaData,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

# What a query may be asked of: a transaction with objects, or a bare connection.
Database: TypeAlias = Session | Connection


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class Numbered(Base):
    """A table with a generated bigint key."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(Identity(), primary_key=True, sort_order=-1)


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """A check constraint that allows only the values of ``words`` in ``column``."""
    names = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({names})", name=column)


def now() -> datetime:
    return datetime.now(UTC)
