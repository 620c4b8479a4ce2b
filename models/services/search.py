"""Folding text for the search, and writing the search texts."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from models.arrays import as_rows
from models.maintenance_request import MaintenanceRequest
from models.search_text import SearchText

_BLANKS = re.compile(r"[\s\0]+")  # PostgreSQL takes no NUL
# Korean is written with and without spaces between the same words: "누 수" is "누수", and
# "B동 3층" is "B동3층".
_BETWEEN_HANGUL = re.compile(r"(?<=[가-힣]) (?=[가-힣0-9])|(?<=[0-9]) (?=[가-힣])")
# A word that has no blank before it after folding: folding removed the space, or there is a hyphen.
# Only its beginning: "a-a-a-a" and so on would be repeated to the square of its length.
_LATER_WORD = re.compile(rf"(?:{_BETWEEN_HANGUL.pattern}|(?<=[^\w\s]|_)(?=[^\W_]))(?=(\S{{1,32}}))")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
MAX_TERMS = 8
MIN_INDEXED = 3  # letters (jamo) from which on a trigram exists
LETTER = r"[^\W_]"
_TRIGRAM = re.compile(LETTER * MIN_INDEXED)

# One statement for all rows, because a whole triage batch waits for it.
_INDEX = text("""
    INSERT INTO search_texts (request_id, created_at, plain, jamo)
    SELECT * FROM json_to_recordset(CAST(:rows AS json))
        AS given (request_id bigint, created_at timestamptz, plain text, jamo text)
    ON CONFLICT DO NOTHING
""")


def fold_for_search(text: str) -> str:
    """One form for text that differs in width, case, composition or spaces only."""
    return _BETWEEN_HANGUL.sub("", _fold_letters(text))


def _fold_letters(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def jamo_of(folded: str) -> str:
    """``folded`` with its Hangul syllables decomposed into jamo."""
    return unicodedata.normalize("NFD", folded)


def searched_forms(text: str) -> tuple[str, str]:
    """The two stored forms of ``text`` (fields separated by bars): plain, and decomposed into jamo.

    In the second form, a blank is before each word and on both sides of each field. Words that have
    no blank before them in the plain form are repeated at the end.
    """
    spaced = _fold_letters(text)
    plain = _BETWEEN_HANGUL.sub("", spaced)
    return plain, jamo_of(f" | {plain} | {' '.join(_LATER_WORD.findall(spaced))} ")


def terms_of(query: str) -> list[str]:
    """The words of ``query``, folded: a request must contain all of them. Single syllables in a row
    are joined to one word."""
    terms: list[str] = []
    syllables = False
    for word in _BLANKS.split(unicodedata.normalize("NFKC", query).strip()):
        folded = fold_for_search(word)
        single = len(folded) == 1 and "가" <= folded <= "힣"
        if single and syllables:
            terms[-1] += folded
        elif folded:
            terms.append(folded)
        syllables = single
    return terms[:MAX_TERMS]


def indexed(term: str) -> bool:
    """Whether ``term``, folded, has a trigram of letters, so that the index can find it."""
    return bool(_TRIGRAM.search(jamo_of(term)))


def index_requests(session: Session, requests: Sequence[MaintenanceRequest]) -> None:
    """Write the search texts of these requests; harmless to repeat."""
    rows = []
    for request in requests:
        plain, jamo = searched_forms(searched_text(request))
        row = {"request_id": request.id, "created_at": request.created_at}
        rows.append({**row, "plain": plain, "jamo": jamo})
    session.execute(_INDEX, {"rows": as_rows(rows)})


def index_again(session: Session, request: MaintenanceRequest) -> None:
    """Write the search text of a request anew, as far as it has one: else a worker will write it."""
    plain, jamo = searched_forms(searched_text(request))
    session.execute(
        update(SearchText).where(SearchText.request_id == request.id).values(plain=plain, jamo=jamo)
    )


def searched_text(request: MaintenanceRequest) -> str:
    """Everything that an operator may search for; the reference with and without its hyphen."""
    parts = (
        request.reference,
        request.reference.replace("-", ""),
        request.location,
        request.description,
        request.requester_name,
        request.contact_info,
    )
    # With the bar, no match can span the end of one field and the beginning of the next.
    return " | ".join(part for part in parts if part)


def index_missing(session: Session, *, limit: int = 5000) -> int:
    """Write the search texts that the workers missed, up to ``limit``; returns how many."""
    missing: Sequence[MaintenanceRequest] = session.scalars(
        select(MaintenanceRequest)
        .where(~select(SearchText).where(SearchText.request_id == MaintenanceRequest.id).exists())
        .order_by(MaintenanceRequest.id.desc())
        .limit(limit)
    ).all()
    index_requests(session, missing)
    return len(missing)
