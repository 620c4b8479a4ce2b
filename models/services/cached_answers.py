"""The cache of AI answers: one caller asks, and all others with the same text wait for its answer."""

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


class CacheMiss(StrEnum):
    """What to do about a text without a cached answer: ask the AI, or wait for another caller."""

    ASK = "ask"
    WAIT = "wait"


def key_of(asked: TriageText, *, model: str, prompt_version: str) -> bytes:
    """The cache key, 32 bytes: the same for texts that differ only in what folding removes."""
    parts = [model, prompt_version, asked.language, fold(asked.description), fold(asked.location)]
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).digest()


_FRESH = text("""
    SELECT key, answer FROM cached_answers
    WHERE key = ANY(:keys) AND answer IS NOT NULL
      AND asked_at >= clock_timestamp() - make_interval(secs => :seconds)
""")

# In the order of the keys, so that two callers with the same keys cannot deadlock.
_CLAIM = text("""
    INSERT INTO cached_answers AS c (key, answer, asked_at)
    SELECT k.key, NULL, clock_timestamp()
    FROM unnest(CAST(:keys AS bytea[])) AS k (key) ORDER BY k.key
    ON CONFLICT (key) DO UPDATE SET answer = NULL, asked_at = clock_timestamp()
    WHERE c.asked_at < clock_timestamp() - make_interval(
        secs => CASE WHEN c.answer IS NULL THEN :asking_seconds ELSE :seconds END)
    RETURNING key
""")


def find_or_claim(
    session: Session, keys: Sequence[bytes], *, seconds: float, asking_seconds: float
) -> dict[bytes, Triage | CacheMiss]:
    """For each key the cached answer; or ``ASK`` if this caller has claimed the key and must ask; or
    ``WAIT`` if another caller has claimed it.

    Answers older than ``seconds`` do not count. A claim without an answer ends after
    ``asking_seconds``, and the next caller asks.
    """
    if not keys:
        return {}
    fresh = session.execute(_FRESH, {"keys": list(set(keys)), "seconds": seconds})
    found: dict[bytes, Triage | CacheMiss] = {bytes(r.key): Triage(**r.answer) for r in fresh}
    hits = sum(key in found for key in keys)
    missing = sorted(set(keys) - found.keys())
    claimed: set[bytes] = set()
    if missing:
        values = {"keys": missing, "seconds": seconds, "asking_seconds": asking_seconds}
        claimed = {bytes(key) for key in session.execute(_CLAIM, values).scalars()}
    found |= {key: CacheMiss.ASK if key in claimed else CacheMiss.WAIT for key in missing}
    for name, n in ((HITS, hits), (MISSES, len(claimed))):
        if n:
            count(session, name, n)
    return found


def store_answers(session: Session, found: Mapping[bytes, Triage]) -> None:
    """Cache these answers, which also ends the claims of their keys."""
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


def release_keys(session: Session, keys: Sequence[bytes]) -> None:
    """End claims without an answer, so that the next caller may ask at once."""
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


def delete_old_answers(session: Session, *, seconds: float) -> None:
    session.execute(
        text("""
            DELETE FROM cached_answers
            WHERE asked_at < clock_timestamp() - make_interval(secs => :seconds)
        """),
        {"seconds": seconds},
    )
