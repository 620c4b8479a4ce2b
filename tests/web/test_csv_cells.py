"""Cells that spreadsheets with other separators must not calculate, and that read back the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.spreadsheets.csv_cells import guard, unguard

FORMULA = re.compile(r"""(?:^|[;\t\r\n])[ "]*[=+\-@＝＋－＠]""")


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("문;=1+1", "문;'=1+1"),
        ("문\t=1+1", "문\t'=1+1"),
        ("문\n@SUM(A1)", "문\n'@SUM(A1)"),
        ('문; "=1+1"', '문;\' "=1+1"'),
        ("문;'=1", "문;''=1"),
        ("문; 그냥, a-b", "문; 그냥, a-b"),
        ("\t그냥", "'\t그냥"),
    ],
)
def test_a_formula_after_another_separator(cell: str, guarded: str) -> None:
    assert guard(cell) == guarded
    assert unguard(guarded) == cell


@given(st.text(alphabet="=+-@;\t\r\n\0 \"',a＝", max_size=30) | st.text(max_size=30))
def test_no_formula_is_left_and_nothing_is_lost(cell: str) -> None:
    assert not FORMULA.search(guard(cell))
    assert unguard(guard(cell)) == cell
