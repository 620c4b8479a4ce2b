"""The text that a search reads: one row per request, folded, and again decomposed into jamo.

A trigram of Hangul syllables needs three syllables, and most Korean words are shorter. Decomposed
into jamo (NFD), two syllables have at least four letters, so the trigram index finds them.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SearchText(Base):
    """Written by the worker, so that no intake waits for the index. ``created_at`` is a copy."""

    __tablename__ = "search_texts"
    __table_args__ = (
        Index(
            "ix_search_texts_jamo",
            "jamo",
            postgresql_using="gin",
            postgresql_ops={"jamo": "gin_trgm_ops"},
        ),
        Index("ix_search_texts_newest", text("created_at DESC"), text("request_id DESC")),
    )

    request_id: Mapped[int] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    created_at: Mapped[datetime]
    plain: Mapped[str]
    jamo: Mapped[str]
