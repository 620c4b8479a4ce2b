"""Conditions that find a request by the words of a query, by index."""

from sqlalchemy import ColumnElement, and_

from models.search_text import SearchText
from models.services.search import MIN_INDEXED, jamo_of, terms_of


def mentions(query: str) -> ColumnElement[bool] | None:
    """All words of ``query`` occur in the text, also inside other words; None for no words.

    The index answers by jamo; the plain form is looked at again, so that 누수 does not find 누숩.
    A word too short for a trigram counts at the beginning of words only, where it has one.
    """
    terms = terms_of(query)
    return and_(*(_mentions(term) for term in terms)) if terms else None


def _mentions(term: str) -> ColumnElement[bool]:
    jamo = jamo_of(term)[1:]
    if len(jamo) < MIN_INDEXED:
        return SearchText.jamo.contains(f" {jamo}", autoescape=True)
    return and_(
        SearchText.jamo.contains(jamo, autoescape=True),
        SearchText.plain.contains(term, autoescape=True),
    )
