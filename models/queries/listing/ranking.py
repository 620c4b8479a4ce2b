"""SQL conditions that find requests by the words of a query and tell how well they fit.

Word order plays no part: trigrams do not have it. Queries with the same kinds of words make the same
SQL text, with the words in bind parameters, so that SQLAlchemy's compiled statements are reused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from models.queries.listing.conditions import Parameters, escape_like
from models.services.references import ALPHABET
from models.services.search import LETTER, fold_for_search, indexed, jamo_of, terms_of

# How well a request fits, the best first. Cursors contain these numbers.
EXACT, BEGINS, INSIDE = 0, 1, 2

_BEFORE_LETTERS = re.compile(rf"^(?:(?!{LETTER}).)+", re.DOTALL)
_REFERENCE = rf"[{ALPHABET}]{{4}}-?[{ALPHABET}]{{4}}"
# An e-mail address, a number of some length, a reference with or without its hyphen.
_EXACT = re.compile(rf"\S+@\S+|(?=.*[0-9])\S{{4,}}|{_REFERENCE}", re.IGNORECASE)
# With a digit or a hyphen it is hardly a word of a language.
_SURELY_REFERENCE = re.compile(rf"(?=.*[0-9-]){_REFERENCE}", re.IGNORECASE)


_Condition = Callable[[str, Parameters], str]


@dataclass(frozen=True, slots=True)
class Tier:
    """Requests that fit equally well. Each request that the query finds is in exactly one tier."""

    number: int
    condition: str


def mentions(query: str, parameters: Parameters, plain: _Condition | None = None) -> str | None:
    """That the text contains all words of ``query``, also inside other words; None for no words.

    The index has jamo only; the plain form is checked too, so that 누수 does not find 누숩. A word
    too short for a trigram is found at the beginning of words only. A word without letters and
    digits has no trigram: it is ignored beside other words, and alone it finds nothing.

    ``plain`` is the condition on the plain form; the default is ``_plain``.
    """
    if not terms_of(query):
        return None
    terms = [_mentions(term, parameters, plain or _plain) for term in _findable(query)]
    return _all(terms) or "false"


def is_reference(query: str) -> bool:
    """Whether ``query`` is a reference number, which finds one request and hardly any other."""
    terms = _findable(query)
    return len(terms) == 1 and bool(_SURELY_REFERENCE.fullmatch(terms[0]))


def tiers_of(query: str, parameters: Parameters) -> list[Tier]:
    """The tiers of a query, the best first; empty if no word of it can be found."""
    terms, tiers = _findable(query), []
    if not terms:
        return []
    exact = _exactly(terms, parameters)
    begins = _all_begin(query, terms, _by_index, parameters)
    recheck = [
        _plain(term, parameters) if indexed(term) else _begins(term, _by_index, parameters)
        for term in terms
    ]
    if exact is not None:
        tiers.append(Tier(EXACT, _all([exact, *recheck])))
    unless_exact = [] if exact is None else [f"NOT {exact}"]
    tiers.append(Tier(BEGINS, _all([begins, *unless_exact, *recheck])))
    if any(indexed(term) for term in terms):
        inside = [_mentions(term, parameters, _plain) for term in terms]
        unless_begins = f"NOT {_all_begin(query, terms, _without_index, parameters)}"
        tiers.append(Tier(INSIDE, _all([*inside, unless_begins])))
    return tiers


def tier_number(query: str, parameters: Parameters) -> str:
    """SQL for the number of the tier of a request that the query finds."""
    terms = _findable(query)
    exact = _exactly(terms, parameters)
    first = "" if exact is None else f"WHEN {exact} THEN {EXACT} "
    begins = _all_begin(query, terms, _without_index, parameters)
    return f"CASE {first}WHEN {begins} THEN {BEGINS} ELSE {INSIDE} END"


def _findable(query: str) -> list[str]:
    return [term for term in terms_of(query) if re.search(LETTER, term)]


def _by_index(part: str, parameters: Parameters) -> str:
    return f"s.jamo LIKE {parameters.bind(f'%{escape_like(part)}%')}"


def _without_index(part: str, parameters: Parameters) -> str:
    """The same in a form for which the planner has no estimate. It follows from other conditions,
    and as LIKE it would lower the estimated number of rows once more."""
    return f"strpos(s.jamo, {parameters.bind(part)}) <> 0"


def _all_begin(query: str, terms: list[str], condition: _Condition, parameters: Parameters) -> str:
    """Each term begins a word; or all together do, because Korean is written with and without
    spaces."""
    each = _all([_begins(term, condition, parameters) for term in terms]) or "true"
    together = fold_for_search(query)
    if " " in together or [together] == terms:
        return f"({each})"
    return f"({each} OR {_begins(together, condition, parameters)})"


def _begins(term: str, condition: _Condition, parameters: Parameters) -> str:
    return condition(f" {_BEFORE_LETTERS.sub('', jamo_of(term))}", parameters)


def _exactly(terms: list[str], parameters: Parameters) -> str | None:
    """The text has the term as a whole word; None unless it is a reference, a number or an address."""
    if len(terms) > 1 or not terms or not _EXACT.fullmatch(terms[0]):
        return None
    return _by_index(f" {jamo_of(terms[0])} ", parameters)


def _plain(term: str, parameters: Parameters) -> str:
    return f"strpos(s.plain, {parameters.bind(term)}) <> 0"


def plain_like(term: str, parameters: Parameters) -> str:
    """That the plain form contains ``term``. Takes half the time of strpos, but the planner uses it
    for its estimates: only for statements whose plan does not depend on it."""
    return f"s.plain LIKE {parameters.bind(f'%{escape_like(term)}%')}"


def _mentions(term: str, parameters: Parameters, plain: _Condition) -> str:
    if not indexed(term):
        return _begins(term, _by_index, parameters)
    # Half a reference is as rare as the whole, and half as many trigrams are looked up.
    rare = term[:4] if _SURELY_REFERENCE.fullmatch(term) else term
    return _all([plain(term, parameters), _by_index(jamo_of(rare), parameters)])


def _all(conditions: list[str]) -> str:
    return " AND ".join(dict.fromkeys(conditions))
