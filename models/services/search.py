"""Folding text for search, and keeping what is searched."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.arrays import as_rows
from models.maintenance_request import MaintenanceRequest
from models.search_text import SearchText

_BLANKS = re.compile(r"[\s\0]+")  # PostgreSQL takes no NUL
# Korean is written with and without spaces between the same words: "누 수" is "누수", and
# "B동 3층" is "B동3층".
_BETWEEN_HANGUL = re.compile(r"(?<=[가-힣]) (?=[가-힣0-9])|(?<=[0-9]) (?=[가-힣])")
# A word that has no blank before it once folded: such a space was lost, or a hyphen stands there.
_LATER_WORD = re.compile(rf"(?:{_BETWEEN_HANGUL.pattern}|(?<=[^\w\s]|_)(?=[^\W_]))(?=(\S+))")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
MAX_TERMS = 8
MIN_INDEXED = 3  # letters (jamo) from which on a trigram exists
LETTER = r"[^\W_]"
_TRIGRAM = re.compile(LETTER * MIN_INDEXED)

# One statement however many: a batch of the triage queue waits for it.
_INDEX = text("""
    INSERT INTO search_texts (request_id, created_at, plain, jamo)
    SELECT * FROM json_to_recordset(CAST(:rows AS json))
        AS given (request_id bigint, created_at timestamptz, plain text, jamo text)
    ON CONFLICT DO NOTHING
""")


def fold_for_search(text: str) -> str:
    """One form for what people mean as the same: width, case, composition, spaces."""
    return _BETWEEN_HANGUL.sub("", _fold_letters(text))


def _fold_letters(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def jamo_of(folded: str) -> str:
    """Hangul syllables taken apart."""
    return unicodedata.normalize("NFD", folded)


def searched_forms(text: str) -> tuple[str, str]:
    """What is kept of ``text`` (fields with bars between them): plain, and taken apart.

    Taken apart, a blank stands before each word and on both sides of each field; words that have
    none before them in the plain form stand once more at the end.
    """
    spaced = _fold_letters(text)
    plain = _BETWEEN_HANGUL.sub("", spaced)
    return plain, jamo_of(f" | {plain} | {' '.join(_LATER_WORD.findall(spaced))} ")


def terms_of(query: str) -> list[str]:
    """The words that a request must all contain, folded; single syllables in a row are one word."""
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
    """Whether the index knows ``term``, folded, by a trigram of its letters."""
    return bool(_TRIGRAM.search(jamo_of(term)))


def index_requests(session: Session, requests: Sequence[MaintenanceRequest]) -> None:
    """Make these requests findable; harmless to repeat."""
    rows = []
    for request in requests:
        plain, jamo = searched_forms(searched_text(request))
        row = {"request_id": request.id, "created_at": request.created_at}
        rows.append({**row, "plain": plain, "jamo": jamo})
    session.execute(_INDEX, {"rows": as_rows(rows)})


def searched_text(request: MaintenanceRequest) -> str:
    """Everything that an operator may search for; a reference with and without its dash."""
    parts = (
        request.reference,
        request.reference.replace("-", ""),
        request.location,
        request.description,
        request.requester_name,
        request.contact_info,
    )
    # The bar keeps the end of one field and the beginning of the next apart.
    return " | ".join(part for part in parts if part)


def index_missing(session: Session, *, limit: int = 5000) -> int:
    """Make findable what the workers never came to; returns how many there were."""
    missing: Sequence[MaintenanceRequest] = session.scalars(
        select(MaintenanceRequest)
        .where(~select(SearchText).where(SearchText.request_id == MaintenanceRequest.id).exists())
        .order_by(MaintenanceRequest.id.desc())
        .limit(limit)
    ).all()
    index_requests(session, missing)
    return len(missing)
