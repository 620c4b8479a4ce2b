"""Danger in a requester's text, found at submission and without any worker.

Rules read both languages, clause by clause. What only sounds dangerous (a smoke detector that
chirps, a scratched fire door, "no smoke", 연기 as postponement) is removed first. A danger that is
found makes the request urgent, and no engine and no injected instruction can lower that.
"""

import re
from enum import StrEnum

from models.danger import (
    english,
    english_building,
    english_people,
    korean,
    korean_building,
    korean_people,
)
from models.danger.rule import Rules
from models.danger.shortage import Shortage
from models.danger.temperature import readings, readings_in_korean
from models.folding import fold


class Danger(StrEnum):
    """Kinds of danger, gravest first: of several in one text the first is answered."""

    FIRE = "fire"
    GAS = "gas"
    CARBON_MONOXIDE = "carbon_monoxide"
    VIOLENCE = "violence"
    INJURY = "injury"
    FUMES = "fumes"
    PRESSURE = "pressure"
    SMOKE = "smoke"
    BLOCKED_EXIT = "blocked_exit"
    LIFT = "lift"
    TRAPPED = "trapped"
    ELECTRIC = "electric"
    FLOODING = "flooding"
    COLLAPSE = "collapse"
    FALLING = "falling"
    FREEZE = "freeze"
    HEAT = "heat"
    NO_SUPPLY = "no_supply"


_CLAUSES = re.compile(r"[.;!?,]+|\bbut\b|\bhowever\b|지만|그런데|근데")
# A full stop between two figures ends no sentence.
_SENTENCES = re.compile(r"[;!?]+|\.(?!\d)")
_BLANK = re.compile(r"\s+")

_ENGLISH = Rules(english.RULES)
_ENGLISH_BY_SENTENCE = Rules(english_people.RULES + english_building.RULES)
_KOREAN = Rules(korean.RULES + korean_people.RULES + korean_building.RULES)
_ENGLISH_SHORTAGE = Shortage(
    no_heat=english_building.NO_HEAT,
    frost=english.FROST,
    cold_harm=english_building.COLD_HARM,
    no_cooling=english_building.NO_COOLING,
    heat_harm=english_building.HEAT_HARM,
    no_water=english_building.NO_WATER,
    no_power=english_building.NO_POWER,
    needs_power=english_building.NEEDS_POWER,
    frail=english_building.FRAIL,
    room=english_building.ROOM,
    no_room=english_building.NO_ROOM,
    not_now=re.compile(english_people.NOT_NOW),
    readings=readings,
)
_KOREAN_SHORTAGE = Shortage(
    no_heat=korean_building.NO_HEAT,
    frost=korean.FROST,
    cold_harm=korean_building.COLD_HARM,
    no_cooling=korean_building.NO_COOLING,
    heat_harm=korean_building.HEAT_HARM,
    no_water=korean_building.NO_WATER,
    no_power=korean_building.NO_POWER,
    needs_power=korean_building.NEEDS_POWER,
    frail=korean_people.FRAIL,
    room=korean_building.ROOM,
    no_room=korean_building.NO_ROOM,
    not_now=re.compile(korean_people.NOT_NOW),
    readings=readings_in_korean,
)


def find_danger(text: str) -> str | None:
    """The gravest danger (a value of :class:`Danger`) that ``text`` reports, or None.

    ``text`` may be Korean, English or both.
    """
    return danger_in(fold(text))


def find_danger_reported(description: str, location: str) -> str | None:
    """:func:`find_danger` in what a requester writes: a place may name a danger too."""
    return find_danger(f"{description}\n{location}")


def danger_in(folded: str) -> str | None:
    """:func:`find_danger` for text that went through ``models.folding.fold`` already."""
    found = _found_english(folded) | _found_korean(folded)
    return next((kind.value for kind in Danger if kind in found), None) if found else None


def _found_english(folded: str) -> set[str]:
    if not english.LETTERS.search(folded):
        return set()
    text = folded.replace("'", "")
    plain = english.HARMLESS.sub(" _ ", text)
    found = _ENGLISH.kinds_in(plain, _CLAUSES.split(plain))
    # A fire door is no fire, but may be the way out.
    plain = english.HARMLESS.sub(_way_out, text)
    sentences = [part.replace(",", "") for part in _SENTENCES.split(plain)]
    found |= _ENGLISH_BY_SENTENCE.kinds_in(plain.replace(",", ""), sentences)
    return found | _ENGLISH_SHORTAGE.kinds(sentences)


def _way_out(harmless: re.Match[str]) -> str:
    return " exit door " if english.WAY_OUT.fullmatch(harmless[0]) else " _ "


def _found_korean(folded: str) -> set[str]:
    joined = _BLANK.sub("", folded)
    if not korean.SYLLABLES.search(joined):
        return set()
    plain = korean.HARMLESS.sub("_", joined)
    sentences = _SENTENCES.split(plain)
    return _KOREAN.kinds_in(plain, sentences) | _KOREAN_SHORTAGE.kinds(sentences)
