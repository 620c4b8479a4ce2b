"""Nightly housekeeping: delete old rows, and index requests that the workers missed."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.services.account_links import delete_old_links
from models.services.cached_answers import delete_old_answers
from models.services.login_places import delete_old_places
from models.services.push_messages import delete_old_messages
from models.services.push_subscriptions import delete_old_subscriptions
from models.services.reversal import delete_old_changes
from models.services.search import index_missing

KEEP_DAYS = 14
MAX_RUNS = 100_000  # deleted in one night


def run_housekeeping(session: Session) -> None:
    """All of a night's housekeeping. What is left over is done in the next night."""
    delete_finished_runs(session)
    session.execute(text("DELETE FROM heartbeats WHERE at < now() - interval '1 day'"))
    delete_old_places(session)
    delete_old_links(session)
    delete_old_changes(session)
    delete_old_messages(session)
    delete_old_subscriptions(session)
    delete_old_answers(session, seconds=get_settings().openai_cache_seconds)
    index_missing(session)


def delete_finished_runs(session: Session, *, keep_days: int = KEEP_DAYS) -> int:
    """Delete runs created more than ``keep_days`` ago of which all steps are done; returns how many.

    Runs with dead or unknown steps stay until a person has decided about them.
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
        {"keep_days": keep_days, "batch": MAX_RUNS},
    )
    return deleted.rowcount  # type: ignore[attr-defined,no-any-return]
