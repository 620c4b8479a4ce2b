"""The cache of AI answers: one asks, all others with the same text wait for what it hears."""

import hashlib
import json
from dataclasses import asdict
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.cached_answer import CachedAnswer
from models.folding import fold
from models.ports import Triage, TriageText
from models.services.counters import count

HITS, MISSES = "triage_cache_hits", "triage_cache_misses"


class Turn(StrEnum):
    """What to do about a text that has no answer yet."""

    ASK = "ask"
    WAIT = "wait"


def key_of(asked: TriageText, *, model: str, prompt_version: str) -> bytes:
    """The same for texts that differ only in what folding removes."""
    parts = [model, prompt_version, asked.language, fold(asked.description), fold(asked.location)]
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).digest()


def take_turn(session: Session, key: bytes, *, seconds: float, patience: float) -> Triage | Turn:
    """The kept answer; or ``ASK`` for the one caller who may ask; or ``WAIT`` for all others.

    An answer older than ``seconds`` is forgotten; one who asked and was not heard of for
    ``patience`` seconds is thought dead, and the next caller asks.
    """
    found = session.get(CachedAnswer, key)
    if found is not None and found.answer is not None and _is_young(session, key, seconds):
        count(session, HITS)
        return Triage(**found.answer)
    begun = session.execute(
        text("""
            INSERT INTO cached_answers AS c (key, answer, asked_at)
            VALUES (:key, NULL, clock_timestamp())
            ON CONFLICT (key) DO UPDATE SET answer = NULL, asked_at = clock_timestamp()
            WHERE c.asked_at < clock_timestamp() - make_interval(
                secs => CASE WHEN c.answer IS NULL THEN :patience ELSE :seconds END)
            RETURNING 1
        """),
        {"key": key, "seconds": seconds, "patience": patience},
    ).first()
    if begun is None:
        return Turn.WAIT
    count(session, MISSES)
    return Turn.ASK


def _is_young(session: Session, key: bytes, seconds: float) -> bool:
    return bool(
        session.execute(
            text("""
                SELECT asked_at >= clock_timestamp() - make_interval(secs => :seconds)
                FROM cached_answers WHERE key = :key
            """),
            {"key": key, "seconds": seconds},
        ).scalar()
    )


def keep_answer(session: Session, key: bytes, answer: Triage) -> None:
    """Let everybody have what was answered."""
    session.execute(
        text("""
            UPDATE cached_answers SET answer = CAST(:answer AS jsonb), asked_at = clock_timestamp()
            WHERE key = :key
        """),
        {"key": key, "answer": json.dumps(asdict(answer))},
    )


def give_up_turn(session: Session, key: bytes) -> None:
    """The asking failed: the next caller may try at once."""
    session.execute(
        text("DELETE FROM cached_answers WHERE key = :key AND answer IS NULL"), {"key": key}
    )


def forget_old_answers(session: Session, *, seconds: float) -> None:
    session.execute(
        text("""
            DELETE FROM cached_answers
            WHERE asked_at < clock_timestamp() - make_interval(secs => :seconds)
        """),
        {"seconds": seconds},
    )
