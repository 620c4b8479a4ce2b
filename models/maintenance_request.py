"""A maintenance request: a fault that somebody reported."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.assignee_key import assignee_key
from models.base import Numbered, now, one_of
from models.photo import Photo
from models.rating import Rating
from models.timeline_entry import TimelineEntry
from models.triage_result import TriageResult
from models.views import View, condition_of, may_need_person, pressing
from models.words import Category, Language, Priority, Status

_NEWEST = (text("created_at DESC"), text("id DESC"))
# For each filter of the list and each pair of filters an index has the rows in the list's order.
_FILTERS = (
    ("status",),
    ("category",),
    ("priority",),
    ("status", "category"),
    ("status", "priority"),
    ("category", "priority"),
)


def folded_place(place: str) -> str:
    """SQL: one form for a place however it was typed: without blanks, case and width."""
    return rf"lower(regexp_replace(normalize({place}, NFKC), '\s+'::text, ''::text, 'g'::text))"


class MaintenanceRequest(Numbered):
    __tablename__ = "maintenance_requests"
    __table_args__ = (
        one_of("category", Category),
        one_of("priority", Priority),
        one_of("status", Status),
        one_of("language", Language),
        Index("ix_maintenance_requests_unsure", text("id DESC"), postgresql_where=text("unsure")),
        *(
            Index(f"ix_maintenance_requests_{'_'.join(names)}_newest", *names, *_NEWEST)
            for names in _FILTERS
        ),
        Index("ix_maintenance_requests_newest", *_NEWEST),
        Index(
            "ix_maintenance_requests_needs_person",
            text(f"{pressing()} DESC"),
            *_NEWEST,
            postgresql_where=text(may_need_person()),
        ),
        Index(
            "ix_maintenance_requests_open_newest",
            *_NEWEST,
            postgresql_where=text(condition_of(View.OPEN)),
        ),
        Index(
            "ix_maintenance_requests_open_assignee",
            text(assignee_key()),
            *_NEWEST,
            postgresql_where=text(condition_of(View.OPEN)),
        ),
        Index(
            "ix_maintenance_requests_assignee",
            text(assignee_key()),
            *_NEWEST,
            postgresql_where=text("assignee <> ''"),
        ),
        # Few rows: what presses comes first where a list is sorted by urgency.
        Index(
            "ix_maintenance_requests_pressing_newest",
            *_NEWEST,
            postgresql_where=text(pressing()),
        ),
        Index("ix_maintenance_requests_location_newest", "location", *_NEWEST),
        Index(
            "ix_maintenance_requests_ended",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
        Index(
            "ix_maintenance_requests_place",
            text(folded_place("location")),
            *_NEWEST,
            postgresql_where=text("location <> ''"),
        ),
        Index("ix_maintenance_requests_updated", text("updated_at DESC"), text("id DESC")),
    )

    reference: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str]
    location: Mapped[str] = mapped_column(default="")
    contact_info: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    requester_name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default=Language.KOREAN)
    category: Mapped[str] = mapped_column(default=Category.PENDING)
    priority: Mapped[str] = mapped_column(default=Priority.PENDING)
    status: Mapped[str] = mapped_column(default=Status.PENDING)
    # The user or the team if it is one, and the present name of either; or a free name alone.
    assignee: Mapped[str] = mapped_column(default="")
    assignee_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
    assignee_team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="SET NULL")
    )
    danger: Mapped[str] = mapped_column(default="")
    unsure: Mapped[bool] = mapped_column(default=False, server_default="false")
    # The requester has written, and no operator has changed anything since.
    answered: Mapped[bool] = mapped_column(default=False, server_default="false")
    # The status before the question that waits for the requester's answer; empty if none does.
    asked_from: Mapped[str] = mapped_column(default="", server_default="")
    submitted_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    completed_at: Mapped[datetime | None]
    # Triggers keep these two: completed or cancelled, empty again once it is reopened; and when the
    # requester first heard of a person (a change of status, a reply, a question).
    ended_at: Mapped[datetime | None]
    first_answer_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    # How often an operator has revoked its requester's link: only links of this version open it.
    link_version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    timeline: Mapped[list[TimelineEntry]] = relationship(
        order_by=TimelineEntry.id, passive_deletes=True
    )
    rating: Mapped[Rating | None] = relationship(passive_deletes=True)
    photos: Mapped[list[Photo]] = relationship(order_by=Photo.id, passive_deletes=True)
    triage_results: Mapped[list[TriageResult]] = relationship(
        order_by=TriageResult.id, passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}
