"""Rules: which signs have to stand together, and what takes the report back."""

from collections.abc import Iterable
from dataclasses import dataclass
from re import Pattern

from models.danger.screening import Screen


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


class Rules:
    """Rules that look at the same text."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: list[tuple[Rule, set[int]]] = []
        signs: list[Pattern[str]] = []
        for rule in rules:
            self._rules.append((rule, set(range(len(signs), len(signs) + len(rule.signs)))))
            signs += rule.signs
        self._screen = Screen(signs)

    def kinds_in(self, text: str, scopes: list[str]) -> set[str]:
        """The kinds that the rules find in ``text``, which ``scopes`` are the parts of."""
        found: set[str] = set()
        possible = self._screen.possible(text)
        for rule, signs in self._rules:
            if rule.kind in found or not signs <= possible:
                continue
            if any(rule.holds(scope) for scope in ((text,) if rule.anywhere else scopes)):
                found.add(rule.kind)
        return found
