"""Colours keep the contrast that WCAG 2.2 asks for (AA), in the light and in the dark."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[3] / "web/static/css/tokens.css").read_text()
_COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")

# (text, what it stands on), as the other style sheets combine them.
TEXT = [
    *((ink, ground) for ink in ("ink", "soft", "accent") for ground in ("paper", "card")),
    *(
        ("ink", ground)
        for ground in ("tint", "danger-tint", "good-tint", "amber-tint", "grey-tint")
    ),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
    ("on-danger", "danger-strong"),
    ("danger", "card"),
    ("danger", "danger-tint"),
    ("amber", "amber-tint"),
    ("violet", "violet-tint"),
    ("good", "good-tint"),
    ("accent-strong", "tint"),
    ("soft", "grey-tint"),
    ("soft", "amber-tint"),
]
# Edges of fields, focus, the bars of charts.
SHAPES = [
    *((shape, ground) for shape in ("edge", "accent") for ground in ("paper", "card")),
    *((f"bar{kind}", "card") for kind in ("", "-urgent", "-high", "-low", "-good", "-hold")),
]


def _schemes() -> dict[str, dict[str, str]]:
    light, dark = TOKENS.split("@media (prefers-color-scheme: dark)")
    colours = dict(_COLOUR.findall(light))
    return {"light": colours, "dark": {**colours, **dict(_COLOUR.findall(dark))}}


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(scheme: str) -> None:
    colours = _schemes()[scheme]
    ratios = {(ink, on): _contrast(colours[ink], colours[on]) for ink, on in TEXT}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shapes_can_be_seen(scheme: str) -> None:
    colours = _schemes()[scheme]
    ratios = {(shape, on): _contrast(colours[shape], colours[on]) for shape, on in SHAPES}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 3} == {}
