"""The form of a rule: which signs have to stand together, and what takes the report back."""

from collections.abc import Iterable
from dataclasses import dataclass
from re import Pattern


@dataclass(frozen=True, slots=True)
class Rule:
    """``kind`` is reported where each of ``signs`` is found in one scope and ``unless`` is not.

    Several short patterns instead of one with ``.*`` between its parts: the time of such a pattern
    grows with the square of the text. ``unless`` is looked for in the same scope. With ``anywhere``
    the signs may stand in any part of the text, else they stand in one clause or sentence.
    """

    kind: str
    signs: tuple[Pattern[str], ...]
    unless: Pattern[str] | None = None
    anywhere: bool = False

    def holds(self, scope: str) -> bool:
        if not all(sign.search(scope) for sign in self.signs):
            return False
        return not (self.unless and self.unless.search(scope))


def kinds_in(rules: Iterable[Rule], text: str, scopes: list[str]) -> set[str]:
    """The kinds that the rules find in ``text``, which ``scopes`` are the parts of."""
    found: set[str] = set()
    for rule in rules:
        if rule.kind in found or not all(sign.search(text) for sign in rule.signs):
            continue
        if any(rule.holds(scope) for scope in ((text,) if rule.anywhere else scopes)):
            found.add(rule.kind)
    return found
