"""Conditions that find a request by the words of a query, by index, and say how well it fits.

Word order is not looked at: trigrams cannot tell it apart.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, or_

from models.search_text import SearchText
from models.services.references import ALPHABET
from models.services.search import MIN_INDEXED, fold_for_search, jamo_of, terms_of

# How well a request fits, the best first. Cursors carry these numbers.
EXACT, BEGINS, INSIDE = 0, 1, 2

_LETTER = r"[^\W_]"
_TRIGRAM = re.compile(_LETTER * MIN_INDEXED)
_BEFORE_LETTERS = re.compile(rf"^(?:(?!{_LETTER}).)+", re.DOTALL)
# An e-mail address, a number of some length, a reference with or without its hyphen.
_EXACT = re.compile(
    rf"\S+@\S+|(?=.*[0-9])\S{{4,}}|[{ALPHABET}]{{4}}-?[{ALPHABET}]{{4}}", re.IGNORECASE
)

_Look = Callable[[str], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Tier:
    """Requests that fit equally well; each request that is mentioned is in one tier."""

    number: int
    condition: ColumnElement[bool]


def mentions(query: str) -> ColumnElement[bool] | None:
    """All words of ``query`` occur in the text, also inside other words; None for no words.

    The index answers by jamo; the plain form is looked at again, so that 누수 does not find 누숩.
    A word too short for a trigram counts at the beginning of words only. One without letters and
    digits has no trigram at all: beside others it is passed over, alone it finds nothing.
    """
    if not terms_of(query):
        return None
    terms = _findable(query)
    return and_(*(_mentions(term) for term in terms)) if terms else false()


def tiers_of(query: str) -> list[Tier]:
    """The tiers of a query with words, the best first."""
    terms, tiers = _findable(query), []
    if not terms:
        return []
    exact, begins = _exactly(terms), _all_begin(query, terms, _by_index)
    rechecks = [_plain(term) if _indexed(term) else _begins(term, _by_index) for term in terms]
    if exact is not None:
        tiers.append(Tier(EXACT, and_(exact, *rechecks)))
    unless_exact = [] if exact is None else [~exact]
    tiers.append(Tier(BEGINS, and_(begins, *unless_exact, *rechecks)))
    if any(_indexed(term) for term in terms):
        inside = [_mentions(term) for term in terms]
        tiers.append(Tier(INSIDE, and_(*inside, ~_all_begin(query, terms, _by_sight))))
    return tiers


def tier_number(query: str) -> ColumnElement[int]:
    """The number of the tier of a request that is mentioned."""
    terms = _findable(query)
    exact = _exactly(terms)
    whens = [] if exact is None else [(exact, EXACT)]
    return case(*whens, (_all_begin(query, terms, _by_sight), BEGINS), else_=INSIDE)


def _findable(query: str) -> list[str]:
    return [term for term in terms_of(query) if re.search(_LETTER, term)]


def _indexed(term: str) -> bool:
    return bool(_TRIGRAM.search(jamo_of(term)))


def _by_index(part: str) -> ColumnElement[bool]:
    return SearchText.jamo.contains(part, autoescape=True)


def _by_sight(part: str) -> ColumnElement[bool]:
    """The same, unseen by the planner: it would count a condition twice that follows from others."""
    return func.strpos(SearchText.jamo, part) != 0


def _all_begin(query: str, terms: list[str], look: _Look) -> ColumnElement[bool]:
    """Each term begins a word; or all together do, which Korean writes with and without spaces."""
    each = and_(*(_begins(term, look) for term in terms))
    together = fold_for_search(query)
    return each if " " in together or [together] == terms else or_(each, _begins(together, look))


def _begins(term: str, look: _Look) -> ColumnElement[bool]:
    return look(f" {_BEFORE_LETTERS.sub('', jamo_of(term))}")


def _exactly(terms: list[str]) -> ColumnElement[bool] | None:
    """What was asked for looks like a reference, a number or an address, and is a whole word."""
    if len(terms) > 1 or not _EXACT.fullmatch(terms[0]):
        return None
    return _by_index(f" {jamo_of(terms[0])} ")


def _plain(term: str) -> ColumnElement[bool]:
    return func.strpos(SearchText.plain, term) != 0


def _mentions(term: str) -> ColumnElement[bool]:
    if not _indexed(term):
        return _begins(term, _by_index)
    return and_(_plain(term), _by_index(jamo_of(term)))
