"""A photo of the fault. Its bytes stay in the database until the worker has stored renditions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, now, one_of


class PhotoState(StrEnum):
    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"


class Photo(Numbered):
    """``renditions`` holds, once ready, ``{size: {format: storage key}}``."""

    __tablename__ = "photos"
    __table_args__ = (one_of("state", PhotoState),)

    request_id: Mapped[int] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(default=PhotoState.PROCESSING)
    # Always empty: names of files tell more than anybody here needs. Goes with a later release.
    filename: Mapped[str] = mapped_column(default="", server_default="")
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    renditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rejected_because: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())


class PhotoOriginal(Base):
    """A part of the uploaded bytes, a megabyte at most; deleted when the renditions are stored."""

    __tablename__ = "photo_originals"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    part: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False, default=0, server_default="0"
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)
