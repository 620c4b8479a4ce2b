"""Danger in a requester's text, found at submission and without any worker.

Rules read both languages, clause by clause. What only sounds dangerous (a smoke detector that
chirps, a scratched fire door, "no smoke", 연기 as postponement) is removed first. A danger that is
found makes the request urgent, and no engine and no injected instruction can lower that.
"""

import re
from enum import StrEnum

from models.danger import english, korean
from models.folding import fold


class Danger(StrEnum):
    """Kinds of danger, gravest first: of several in one text the first is answered."""

    FIRE = "fire"
    GAS = "gas"
    CARBON_MONOXIDE = "carbon_monoxide"
    SMOKE = "smoke"
    TRAPPED = "trapped"
    ELECTRIC = "electric"
    FLOODING = "flooding"
    COLLAPSE = "collapse"
    FREEZE = "freeze"


_CLAUSES = re.compile(r"[.;!?,]+|\bbut\b|\bhowever\b|지만|그런데|근데")
_SENTENCES = re.compile(r"[.;!?]+")
_BLANK = re.compile(r"\s+")


def find_danger(text: str) -> str | None:
    """The gravest danger (a value of :class:`Danger`) that ``text`` reports, or None.

    ``text`` may be Korean, English or both.
    """
    return danger_in(fold(text))


def danger_in(folded: str) -> str | None:
    """:func:`find_danger` for text that went through ``models.folding.fold`` already."""
    found = _found_english(folded) | _found_korean(folded)
    return next((danger.value for danger in Danger if danger.value in found), None)


def _found_english(folded: str) -> set[str]:
    if not english.MENTION.search(folded):
        return set()
    plain = english.HARMLESS.sub(" _ ", folded.replace("'", ""))
    found = {kind for clause in _CLAUSES.split(plain) for kind in _kinds_in_english(clause)}
    if english.NO_HEAT.search(plain) and english.FROST.search(plain):
        found.add(Danger.FREEZE.value)
    return found


def _kinds_in_english(clause: str) -> set[str]:
    return {
        kind
        for kind, (report, exception) in english.REPORTS.items()
        if report.search(clause) and not (exception and exception.search(clause))
    }


def _found_korean(folded: str) -> set[str]:
    joined = _BLANK.sub("", folded)
    if not korean.MENTION.search(joined):
        return set()
    plain = korean.HARMLESS.sub("_", joined)
    found = {kind for sentence in _SENTENCES.split(plain) for kind in _kinds_in_korean(sentence)}
    if korean.NO_HEAT.search(plain) and korean.FROST.search(plain):
        found.add(Danger.FREEZE.value)
    return found


def _kinds_in_korean(sentence: str) -> set[str]:
    return {
        kind
        for kind, (report, exception) in korean.REPORTS.items()
        if report.search(sentence) and not (exception and exception.search(sentence))
    }
