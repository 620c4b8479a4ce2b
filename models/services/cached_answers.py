"""The cache of AI answers: one asks, all others with the same text wait for what it hears."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

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


_YOUNG = text("""
    SELECT key, answer FROM cached_answers
    WHERE key = ANY(:keys) AND answer IS NOT NULL
      AND asked_at >= clock_timestamp() - make_interval(secs => :seconds)
""")

# In order of their keys, so that two who begin with the same ones wait for each other in turn.
_BEGIN = text("""
    INSERT INTO cached_answers AS c (key, answer, asked_at)
    SELECT k.key, NULL, clock_timestamp()
    FROM unnest(CAST(:keys AS bytea[])) AS k (key) ORDER BY k.key
    ON CONFLICT (key) DO UPDATE SET answer = NULL, asked_at = clock_timestamp()
    WHERE c.asked_at < clock_timestamp() - make_interval(
        secs => CASE WHEN c.answer IS NULL THEN :patience ELSE :seconds END)
    RETURNING key
""")


def take_turns(
    session: Session, keys: Sequence[bytes], *, seconds: float, patience: float
) -> dict[bytes, Triage | Turn]:
    """For each key the kept answer; or ``ASK`` for the one caller who may ask; or ``WAIT``.

    An answer older than ``seconds`` is forgotten; one who asked and was not heard of for
    ``patience`` seconds is thought dead, and the next caller asks.
    """
    if not keys:
        return {}
    young = session.execute(_YOUNG, {"keys": list(set(keys)), "seconds": seconds})
    turns: dict[bytes, Triage | Turn] = {bytes(r.key): Triage(**r.answer) for r in young}
    hits = sum(key in turns for key in keys)
    unknown = sorted(set(keys) - turns.keys())
    begun: set[bytes] = set()
    if unknown:
        values = {"keys": unknown, "seconds": seconds, "patience": patience}
        begun = {bytes(key) for key in session.execute(_BEGIN, values).scalars()}
    turns |= {key: Turn.ASK if key in begun else Turn.WAIT for key in unknown}
    for name, n in ((HITS, hits), (MISSES, len(begun))):
        if n:
            count(session, name, n)
    return turns


def keep_answers(session: Session, found: Mapping[bytes, Triage]) -> None:
    """Let everybody have what was answered."""
    if not found:
        return
    session.execute(
        text("""
            WITH ordered AS MATERIALIZED (
                SELECT key FROM cached_answers WHERE key = ANY(:keys) ORDER BY key FOR UPDATE
            )
            UPDATE cached_answers c
            SET answer = CAST(a.answer AS jsonb), asked_at = clock_timestamp()
            FROM unnest(CAST(:keys AS bytea[]), CAST(:answers AS text[])) AS a (key, answer)
                JOIN ordered USING (key)
            WHERE c.key = a.key
        """),
        {"keys": list(found), "answers": [json.dumps(asdict(one)) for one in found.values()]},
    )


def give_up_turns(session: Session, keys: Sequence[bytes]) -> None:
    """The asking failed: the next callers may try at once."""
    if not keys:
        return
    session.execute(
        text("""
            DELETE FROM cached_answers WHERE answer IS NULL AND key IN (
                SELECT key FROM cached_answers WHERE key = ANY(:keys) ORDER BY key FOR UPDATE
            )
        """),
        {"keys": list(keys)},
    )


def forget_old_answers(session: Session, *, seconds: float) -> None:
    session.execute(
        text("""
            DELETE FROM cached_answers
            WHERE asked_at < clock_timestamp() - make_interval(secs => :seconds)
        """),
        {"seconds": seconds},
    )
