"""Temperatures in figures of either scale: is it dangerously cold or hot?"""

import re
from collections.abc import Iterator
from typing import NamedTuple

FROST = 0.0  # °C outside, at which a dwelling without heat gets dangerous
COLD = 12.5  # °C inside (54 °F)
COLD_FOR_THE_FRAIL = 15.6  # °C inside (60 °F)
HOT = 35.0  # °C inside (95 °F)
HOT_FOR_THE_FRAIL = 32.0  # °C inside (90 °F)
HOTTEST = 55.0  # °C; what is hotter is no room


class Reading(NamedTuple):
    """``figure`` is in degrees of ``scale``: ``c``, ``f``, or empty where the text does not say."""

    figure: float
    scale: str
    outside: bool

    def if_cold(self) -> float:
        """Degrees Celsius, in a text about cold."""
        if self.scale:
            return self._as("f" if self.scale == "f" else "c")
        # 13 to 32 is an ordinary room in Celsius, and frost in Fahrenheit.
        return self._as("f" if self.figure > 32 or (self.outside and self.figure >= 0) else "c")

    def if_hot(self) -> float:
        """Degrees Celsius, in a text about heat."""
        return self._as(self.scale or ("f" if self.figure > HOTTEST else "c"))

    def _as(self, scale: str) -> float:
        return (self.figure - 32) / 1.8 if scale == "f" else self.figure


# A figure is a temperature by its unit ("10 degrees", "45F", "7도"), by its sign ("-12"), or by the
# words around it ("temp is 46", "it is 104 in the apartment").
# It begins with what few texts have, so that the others are passed over quickly.
_ENGLISH = re.compile(
    r"(?P<figure>\d(?<!\w.)\d{0,2})(?:\.\d)?"
    r"(?: ?(?P<unit>° ?[cf]?|℃|℉|(?:degrees?|degs?)(?: (?:celsius|fahrenheit|centigrade|[cf]))?\b"
    r"|(?:celsius|fahrenheit|centigrade)\b|below\b)| ?(?P<letter>[cf]\b))?"
)
_TOLD = re.compile(
    r"(?:\btemp\w*|\bthermo\w+|\breads?|\breading|\bshow(?:s|ing)|\bmeasur\w+|\binside|\bindoors?"
    r"|\boutside)(?: (?:is|at|of|it|now|says|was|only|just|down|to|reads?|reading|shows?"
    r"|showing|measures?|are|temp\w*)){0,3} $"
    r"|\brooms? (?:(?:are|is|measures?|reads?|temp\w*|only|now|about|around) ){1,3}$"
)
_IS = re.compile(r"\b(?:is|its|it's|at|was|only|just|to|about|around|below|under|reads|shows) $")
_MINUS = re.compile(r"(?:(?<![\w.])-|\bminus |\bnegative )$")
_FLAT = re.compile(r"\b(?:apt|apartment|unit|room|rm|flat|suite|no|number|from|floor)\.? ?#?$")
_FLATS = 32
_IN_A_ROOM = re.compile(
    r" (?:inside|indoors|outside|out there|in (?:here|there|the|my|our|her|his|this)\b)"
)
_OUTSIDE = re.compile(r"\boutside|\boutdoors?|\bout there|degrees out\b|\bweather|\bforecast")
_KOREAN = re.compile(r"(?P<minus>-|영하)?(?P<figure>\d{1,3})(?:\.\d)?(?:도(?!어|로|시|면)|℃|°c?)")
_OUTSIDE_KOREAN = re.compile(r"밖|바깥|외부온|외기|기온|날씨|영하")
_LONGEST_SIGN = 9  # characters
_NEAR = 28  # characters around a figure in which its place is named


def readings(text: str) -> Iterator[Reading]:
    """The temperatures in folded English text."""
    for found in _ENGLISH.finditer(text):
        unit, letter = (found["unit"] or "").replace("°", "").strip(), found["letter"] or ""
        sign = _MINUS.search(text, max(0, found.start() - _LONGEST_SIGN), found.start())
        minus = unit == "below" or bool(sign)
        if not (found["unit"] or minus) and not _is_told(text, found):
            continue
        start = sign.start() if sign else found.start()
        around = text[max(0, start - _NEAR) : found.end() + _NEAR]
        figure = float(found["figure"])
        yield Reading(
            -figure if minus else figure,
            letter or _scale(unit),
            bool(_OUTSIDE.search(around)),
        )


def _is_told(text: str, found: re.Match[str]) -> bool:
    """Whether a figure without a unit is a temperature."""
    before = text[max(0, found.start() - 40) : found.start()]
    if _FLAT.search(before):
        return False
    if _TOLD.search(before):
        return True
    place = _IN_A_ROOM.match(text, found.end())
    if found["letter"]:
        # "4c" and "12 f" are more often a flat and a floor.
        spaced = text[found.end() - 2].isspace()
        return bool(place or _IS.search(before)) or (int(found["figure"]) > _FLATS and not spaced)
    return int(found["figure"]) > 32 and bool(_IS.search(before) and place)


def _scale(unit: str) -> str:
    last = unit.rsplit(maxsplit=1)[-1][0] if unit else ""
    return {"c": "c", "℃": "c", "f": "f", "℉": "f"}.get(last, "")


def readings_in_korean(joined: str) -> Iterator[Reading]:
    """The temperatures in folded Korean text without blanks, which are always in Celsius."""
    for found in _KOREAN.finditer(joined):
        around = joined[max(0, found.start() - 12) : found.end() + 4]
        figure = float(found["figure"])
        yield Reading(
            -figure if found["minus"] else figure, "c", bool(_OUTSIDE_KOREAN.search(around))
        )


def is_cold(found: list[Reading], *, frail: bool) -> bool:
    """Whether a reading is dangerous where there is no heat."""
    limit = COLD_FOR_THE_FRAIL if frail else COLD
    return any(r.if_cold() <= (FROST if r.outside else limit) for r in found)


def is_hot(found: list[Reading], *, frail: bool) -> bool:
    """Whether a reading is dangerous where there is no cooling."""
    limit = HOT_FOR_THE_FRAIL if frail else HOT
    return any(not r.outside and limit <= r.if_hot() <= HOTTEST for r in found)
