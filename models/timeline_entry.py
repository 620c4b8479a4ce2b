"""The history of a request, in order; people read it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now

# Events of what operators and the requester write to each other (``models.services.conversation``),
# and what stands in their ``data``: the words, and whether an answer reopened the request.
REPLY, QUESTION, ANSWER = "reply_added", "question_asked", "requester_replied"
PHOTO = "photo_added"
WORDS, REOPENED = "text", "reopened"
# Of corrections of who asked; only operators see what stands in their ``data``.
CONTACT_CHANGED, NAME_CHANGED = "contact_changed", "requester_name_changed"
# In the ``data`` of a change of the assignee: the user or the team (see ``models.assignee_key``), and
# the rule that made it, if one did.
ASSIGNED, RULE = "assignee", "rule"


class TimelineEntry(Numbered):
    """``event`` is in the past tense; ``actor`` is empty for Haja itself and for requesters; ``data``
    holds contact data where that was corrected, and in what people write in their own words. ``key`` tells a repeated
    call from a new one, see ``models.services.conversation``."""

    __tablename__ = "timeline_entries"
    __table_args__ = (
        Index("ix_timeline_entries_request_id_id", "request_id", "id"),
        Index(
            "ix_timeline_entries_key",
            "request_id",
            "key",
            unique=True,
            postgresql_where=text("key IS NOT NULL"),
        ),
    )

    request_id: Mapped[int] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE")
    )
    event: Mapped[str]
    actor: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
