"""The night's chores: forget what is finished, and catch up with what was left lying."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.services.cached_answers import forget_old_answers
from models.services.search import index_missing

KEEP_DAYS = 14
AT_ONCE = 100_000


def keep_house(session: Session) -> None:
    """All chores of a night, each bounded; what is left over is for the next."""
    thin_ledger(session)
    session.execute(text("DELETE FROM heartbeats WHERE at < now() - interval '1 day'"))
    forget_old_answers(session, seconds=get_settings().openai_cache_seconds)
    index_missing(session)


def thin_ledger(session: Session, *, keep_days: int = KEEP_DAYS) -> int:
    """Delete runs whose steps all ended well ``keep_days`` ago; returns how many.

    What is dead or unknown stays until a person has looked at it.
    """
    deleted = session.execute(
        text("""
            DELETE FROM runs WHERE id IN (
                SELECT r.id FROM runs r
                WHERE r.created_at < now() - make_interval(days => :keep_days)
                  AND NOT EXISTS (
                      SELECT 1 FROM steps s WHERE s.run_id = r.id AND s.state <> 'done')
                ORDER BY r.id LIMIT :batch)
        """),
        {"keep_days": keep_days, "batch": AT_ONCE},
    )
    return deleted.rowcount  # type: ignore[attr-defined,no-any-return]
