"""Conditions, in SQL, that find a request by the words of a query and say how well it fits.

Word order is not looked at: trigrams cannot tell it apart. The same kinds of words make the same
text, with the words themselves given beside it, so that nothing is compiled anew for a search.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from models.queries.listing.conditions import Given, escaped
from models.services.references import ALPHABET
from models.services.search import LETTER, fold_for_search, indexed, jamo_of, terms_of

# How well a request fits, the best first. Cursors carry these numbers.
EXACT, BEGINS, INSIDE = 0, 1, 2

_BEFORELETTERS = re.compile(rf"^(?:(?!{LETTER}).)+", re.DOTALL)
_REFERENCE = rf"[{ALPHABET}]{{4}}-?[{ALPHABET}]{{4}}"
# An e-mail address, a number of some length, a reference with or without its hyphen.
_EXACT = re.compile(rf"\S+@\S+|(?=.*[0-9])\S{{4,}}|{_REFERENCE}", re.IGNORECASE)
# With a digit or a hyphen it can hardly be a word of a language.
_SURELY_REFERENCE = re.compile(rf"(?=.*[0-9-]){_REFERENCE}", re.IGNORECASE)


_Look = Callable[[str, Given], str]


@dataclass(frozen=True, slots=True)
class Tier:
    """Requests that fit equally well; each request that is mentioned is in one tier."""

    number: int
    condition: str


def mentions(query: str, given: Given, plain: _Look | None = None) -> str | None:
    """All words of ``query`` occur in the text, also inside other words; None for no words.

    The index answers by jamo; the plain form is looked at again, so that 누수 does not find 누숩.
    A word too short for a trigram counts at the beginning of words only. One without letters and
    digits has no trigram at all: beside others it is passed over, alone it finds nothing.
    """
    if not terms_of(query):
        return None
    terms = [_mentions(term, given, plain or _plain) for term in _findable(query)]
    return _all(terms) or "false"


def names_one(query: str) -> bool:
    """Whether ``query`` is a reference: next to nothing else is found by it."""
    terms = _findable(query)
    return len(terms) == 1 and bool(_SURELY_REFERENCE.fullmatch(terms[0]))


def tiers_of(query: str, given: Given) -> list[Tier]:
    """The tiers of a query with words, the best first."""
    terms, tiers = _findable(query), []
    if not terms:
        return []
    exact, begins = _exactly(terms, given), _all_begin(query, terms, _by_index, given)
    again = [
        _plain(term, given) if indexed(term) else _begins(term, _by_index, given) for term in terms
    ]
    if exact is not None:
        tiers.append(Tier(EXACT, _all([exact, *again])))
    unless_exact = [] if exact is None else [f"NOT {exact}"]
    tiers.append(Tier(BEGINS, _all([begins, *unless_exact, *again])))
    if any(indexed(term) for term in terms):
        inside = [_mentions(term, given, _plain) for term in terms]
        unless_begins = f"NOT {_all_begin(query, terms, _by_sight, given)}"
        tiers.append(Tier(INSIDE, _all([*inside, unless_begins])))
    return tiers


def tier_number(query: str, given: Given) -> str:
    """The number of the tier of a request that is mentioned."""
    terms = _findable(query)
    exact = _exactly(terms, given)
    first = "" if exact is None else f"WHEN {exact} THEN {EXACT} "
    begins = _all_begin(query, terms, _by_sight, given)
    return f"CASE {first}WHEN {begins} THEN {BEGINS} ELSE {INSIDE} END"


def _findable(query: str) -> list[str]:
    return [term for term in terms_of(query) if re.search(LETTER, term)]


def _by_index(part: str, given: Given) -> str:
    return f"s.jamo LIKE {given.name(f'%{escaped(part)}%')}"


def _by_sight(part: str, given: Given) -> str:
    """The same, unseen by the planner: it would count a condition twice that follows from others."""
    return f"strpos(s.jamo, {given.name(part)}) <> 0"


def _all_begin(query: str, terms: list[str], look: _Look, given: Given) -> str:
    """Each term begins a word; or all together do, which Korean writes with and without spaces."""
    each = _all([_begins(term, look, given) for term in terms]) or "true"
    together = fold_for_search(query)
    if " " in together or [together] == terms:
        return f"({each})"
    return f"({each} OR {_begins(together, look, given)})"


def _begins(term: str, look: _Look, given: Given) -> str:
    return look(f" {_BEFORELETTERS.sub('', jamo_of(term))}", given)


def _exactly(terms: list[str], given: Given) -> str | None:
    """What was asked for looks like a reference, a number or an address, and is a whole word."""
    if len(terms) > 1 or not terms or not _EXACT.fullmatch(terms[0]):
        return None
    return _by_index(f" {jamo_of(terms[0])} ", given)


def _plain(term: str, given: Given) -> str:
    return f"strpos(s.plain, {given.name(term)}) <> 0"


def sees(term: str, given: Given) -> str:
    """That ``term`` is in the plain form, for where nothing is planned by it: in half the time."""
    return f"s.plain LIKE {given.name(f'%{escaped(term)}%')}"


def _mentions(term: str, given: Given, plain: _Look) -> str:
    if not indexed(term):
        return _begins(term, _by_index, given)
    # Half a reference is as rare as the whole, and half as many trigrams are looked up.
    telling = term[:4] if _SURELY_REFERENCE.fullmatch(term) else term
    return _all([plain(term, given), _by_index(jamo_of(telling), given)])


def _all(conditions: list[str]) -> str:
    return " AND ".join(dict.fromkeys(conditions))
