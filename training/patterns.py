"""Reading pattern files: sections with a category and a priority, one pattern per line; {a|b} is a
choice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

DATA = Path(__file__).with_name("data")
_SECTION = re.compile(r"\[(\w+) (\w+)\]")
_INNERMOST = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Pattern:
    text: str
    category: str
    priority: str
    language: str


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    category: str
    priority: str
    language: str


def read_patterns(language: str) -> Iterator[Pattern]:
    """The patterns of ``training/data/<language>.txt``, in order.

    Raises:
        ValueError: there is a line before the first section.
    """
    section: tuple[str, str] | None = None
    for line in (DATA / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if found := _SECTION.fullmatch(line.strip()):
            section = (found[1], found[2])
        elif section is None:
            raise ValueError(f"no section before {line!r}")
        else:
            yield Pattern(line, *section, language)


def ways(pattern: str) -> int:
    """How many texts a pattern can make."""
    count = 1
    while found := _INNERMOST.search(pattern):
        count *= len(found[1].split("|"))
        pattern = pattern[: found.start()] + "_" + pattern[found.end() :]
    return count


def expand(pattern: str, random: Random) -> str:
    """One text of a pattern, every choice made at random."""
    while found := _INNERMOST.search(pattern):
        choice = random.choice(found[1].split("|"))
        pattern = pattern[: found.start()] + choice + pattern[found.end() :]
    return re.sub(r"\s+", " ", pattern).strip()
