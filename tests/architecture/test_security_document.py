"""The files that docs/security.md names exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/security.md").read_text()


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:[a-z_0-9]+/)+[\w.-]+\.\w+|setup\.cfg|celeryconfig\.py)`", TEXT))
    assert len(named) > 60
    assert not {name for name in named if not (ROOT / name).exists()}


def test_every_chapter_is_answered() -> None:
    assert [int(n) for n in re.findall(r"^## V(\d+) ", TEXT, re.MULTILINE)] == list(range(1, 18))
