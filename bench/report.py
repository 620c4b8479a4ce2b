"""Figures, what they are held against, and the table that shows both."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Samples:
    """The same thing measured some times in one run."""

    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """From the least to the greatest, as a share of the median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0

    def shown(self) -> str:
        return f"{_number(self.median)} {self.unit} ±{self.spread / 2:.0%}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``ours`` held against ``theirs``: the ratio of the medians, or of each pair's median.

    ``goal`` and ``stretch`` are what the ratio should reach: at least it, or at most it where
    ``at_most``. None for what is only told.
    """

    what: str
    against: str
    ours: Samples
    theirs: Samples
    goal: float | None = None
    stretch: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """The median over the pairs A B where they are pairs, which machine's noise moves least."""
        pairs = list(zip(self.ours.values, self.theirs.values, strict=False))
        if len(self.ours.values) == len(self.theirs.values):
            return statistics.median(a / b for a, b in pairs)
        return self.ours.median / self.theirs.median

    def verdict(self) -> str:
        if self.goal is None:
            return ""
        reached = [
            self.ratio <= limit if self.at_most else self.ratio >= limit
            for limit in (self.goal, self.stretch)
            if limit is not None
        ]
        if not reached[0]:
            return "MISSED"
        return "stretch" if len(reached) == 2 and reached[1] else "met"


@dataclass(slots=True)
class Report:
    """What one part found. ``facts`` are figures that are told and compared with nothing."""

    part: str
    comparisons: list[Comparison] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, comparison: Comparison) -> None:
        """Keep it, and print it at once: long runs show what they have."""
        self.comparisons.append(comparison)
        print(line_of(comparison), flush=True)

    def tell(self, name: str, value: Any) -> None:
        self.facts[name] = value
        print(f"  {name}: {value}", flush=True)

    def as_json(self) -> dict[str, Any]:
        rows = [
            {
                **asdict(row),
                "ratio": round(row.ratio, 4),
                "verdict": row.verdict(),
                "ours": _samples_json(row.ours),
                "theirs": _samples_json(row.theirs),
            }
            for row in self.comparisons
        ]
        return {"part": self.part, "comparisons": rows, "facts": self.facts}

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n")


def line_of(row: Comparison) -> str:
    """One comparison as a line of text."""
    sign = "≤" if row.at_most else "≥"
    goal = "" if row.goal is None else f"goal {sign} {_number(row.goal)}"
    goal += "" if row.stretch is None else f" ({_number(row.stretch)})"
    return (
        f"  {row.what} | {row.against} | {row.ours.shown()} : {row.theirs.shown()}"
        f" | {_number(row.ratio)}× | {goal} {row.verdict()}"
    )


def table_of(reports: Sequence[dict[str, Any]]) -> str:
    """All parts as a Markdown table, from their JSON."""
    lines = ["| part | what | against | ours | theirs | ratio | goal | |", "|" + "---|" * 8]
    for report in reports:
        for row in report["comparisons"]:
            sign = "≤" if row["at_most"] else "≥"
            goal = "" if row["goal"] is None else f"{sign} {_number(row['goal'])}"
            goal += "" if row["stretch"] is None else f" ({_number(row['stretch'])})"
            cells = [report["part"], row["what"], row["against"], row["ours"]["shown"]]
            cells += [row["theirs"]["shown"], f"{_number(row['ratio'])}×", goal, row["verdict"]]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _samples_json(samples: Samples) -> dict[str, Any]:
    return {
        "unit": samples.unit,
        "values": [round(value, 6) for value in samples.values],
        "median": round(samples.median, 6),
        "spread": round(samples.spread, 4),
        "shown": samples.shown(),
    }


def _number(value: float) -> str:
    """Three digits that matter, and thousands apart."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") or "0"
