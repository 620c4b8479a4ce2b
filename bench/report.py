"""Figures, what they are held against, and the table that shows both."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """``ours`` held against ``theirs``, each measured some times in one run. The ratio should be at
    ``least`` or at ``most`` so much, and for a ``better`` verdict so much."""

    what: str
    against: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    unit: str
    least: float | None = None
    most: float | None = None
    better: float | None = None

    @property
    def ratio(self) -> float:
        """The median over the pairs, where they are pairs: the machine's noise moves it least."""
        if len(self.ours) == len(self.theirs):
            return median(a / b for a, b in zip(self.ours, self.theirs, strict=True))
        return median(self.ours) / median(self.theirs)

    def cells(self) -> list[str]:
        """As in the table: goal and verdict last."""
        shown = [
            _shown(self.ours, self.unit),
            _shown(self.theirs, self.unit),
            f"{_number(self.ratio)}×",
        ]
        goal, sign = (self.least, "≥") if self.most is None else (self.most, "≤")
        if goal is None:
            return [self.what, self.against, *shown, "", ""]
        better = "" if self.better is None else f" ({_number(self.better)})"
        verdict = "met" if self._reaches(goal) else "MISSED"
        if self.better is not None and self._reaches(self.better):
            verdict = "stretch"
        return [self.what, self.against, *shown, f"{sign} {_number(goal)}{better}", verdict]

    def _reaches(self, goal: float) -> bool:
        return self.ratio >= goal if self.most is None else self.ratio <= goal


@dataclass(slots=True)
class Report:
    """What one part found. ``facts`` are figures that are held against nothing."""

    comparisons: list[Comparison] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(
        self,
        what: str,
        against: str,
        pair: Iterable[Sequence[float]],
        unit: str,
        **goals: float,
    ) -> None:
        """Keep a comparison of ours and theirs, and print it: long runs show what they have."""
        ours, theirs = map(tuple, pair)
        found = Comparison(what, against, ours, theirs, unit, **goals)
        self.comparisons.append(found)
        print(f"  {' | '.join(cell for cell in found.cells() if cell)}", flush=True)

    def limit(self, what: str, ours: Sequence[float], limit: float, unit: str) -> None:
        """Hold a figure against what it may be at most."""
        self.add(what, "goal", (ours, [limit]), unit, most=1.0)

    def tell(self, name: str, value: Any) -> None:
        self.facts[name] = value
        print(f"  {name}: {value}", flush=True)

    def save(self, part: str, machine: str, path: Path) -> None:
        found = [{**asdict(one), "cells": one.cells()} for one in self.comparisons]
        content = {"part": part, "machine": machine, "comparisons": found, "facts": self.facts}
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def table_of(reports: Sequence[dict[str, Any]]) -> str:
    """All parts as a Markdown table, from their JSON."""
    rows = ([part["part"], *row["cells"]] for part in reports for row in part["comparisons"])
    head = ["| part | what | against | ours | theirs | ratio | goal | |", "|" + "---|" * 8]
    return "\n".join([*head, *(f"| {' | '.join(cells)} |" for cells in rows)])


def _shown(values: Sequence[float], unit: str) -> str:
    """The median, and half of what lies between the least and the greatest as a share of it."""
    middle = median(values)
    spread = (max(values) - min(values)) / middle / 2 if middle else 0.0
    return f"{_number(middle)} {unit}".strip() + (f" ±{spread:.0%}" if len(values) > 1 else "")


def _number(value: float) -> str:
    """Three digits that matter, and thousands apart."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 if abs(value) >= 1 else 3}f}".rstrip("0").rstrip(".")
