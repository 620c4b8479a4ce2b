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
        rules = [(rule, signs) for rule, signs in self._rules if signs <= possible]
        if not rules:
            return found
        # A search takes many times as long as the screen, and most signs stand in different parts.
        whole = [(text, possible)]
        parts = [(scope, self._screen.possible(scope)) for scope in scopes]
        for rule, signs in rules:
            among = whole if rule.anywhere else parts
            if rule.kind not in found and any(
                signs <= shown and rule.holds(scope) for scope, shown in among
            ):
                found.add(rule.kind)
        return found
