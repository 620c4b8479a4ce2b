"""A dwelling that has become dangerous for want of heat, cooling, water or power.

Whom it strikes and how cold or hot it is decide, and they often stand in another sentence than the
fault, so this looks at the whole text.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from re import Pattern

from models.danger.screening import Screen
from models.danger.temperature import Reading, is_cold, is_hot

_NOT_NOW = 0  # its place among the patterns of the screen


@dataclass(frozen=True, slots=True)
class Shortage:
    """The wording of one language."""

    no_heat: Pattern[str]
    frost: Pattern[str]
    cold_harm: Pattern[str]
    no_cooling: Pattern[str]
    heat_harm: Pattern[str]
    no_water: Pattern[str]
    no_power: Pattern[str]
    needs_power: Pattern[str]
    frail: Pattern[str]
    room: Pattern[str]
    no_room: Pattern[str]
    not_now: Pattern[str]
    readings: Callable[[str], Iterator[Reading]]
    _screen: Screen = field(init=False)

    def __post_init__(self) -> None:
        faults = self.no_heat, self.no_cooling, self.no_water, self.no_power, self.frost
        object.__setattr__(self, "_screen", Screen((self.not_now, *faults)))

    def kinds(self, sentences: list[str]) -> set[str]:
        """The kinds in a text of these sentences; those that are not about now do not count."""
        whole = " . ".join(sentences)
        possible = self._screen.possible(whole)
        if not possible - {_NOT_NOW} and not any(self.readings(whole)):
            return set()
        text = whole
        if _NOT_NOW in possible:
            text = " . ".join(one for one in sentences if not self.not_now.search(one))
        readings = list(self.readings(text))
        frail = bool(self.frail.search(text))
        found: set[str] = set()
        if self._is_freezing(text, readings, frail=frail):
            found.add("freeze")
        elif self._is_heat(text, readings, frail=frail):
            found.add("heat")
        elif frail and self.no_water.search(text):
            found.add("no_supply")
        if self.needs_power.search(text) and self.no_power.search(text):
            found.add("no_supply")
        return found

    def _is_freezing(self, text: str, readings: list[Reading], *, frail: bool) -> bool:
        cold = not self.no_room.search(text) and is_cold(readings, frail=frail)
        if not self.no_heat.search(text):
            # The figure alone tells it, if it is a room's.
            inside = [one for one in readings if not one.outside]
            cold = cold and is_cold(inside, frail=False)
            cold = cold or (frail and bool(self.frost.search(text)))
            return cold and bool(self.room.search(text))
        return frail or cold or bool(self.frost.search(text) or self.cold_harm.search(text))

    def _is_heat(self, text: str, readings: list[Reading], *, frail: bool) -> bool:
        if self.no_room.search(text):
            return False
        harm = bool(self.heat_harm.search(text))
        hot = is_hot(readings, frail=frail or harm)
        if self.no_cooling.search(text):
            return hot or (frail and harm)
        return hot and (harm or bool(self.room.search(text)))
