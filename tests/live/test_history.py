"""What a process remembers of the stream."""

import pytest

from live.entry import Entry, EntryId, newest_of_each, read_entry
from live.history import KEPT, History

BEFORE_ALL = EntryId(0, 0)


def _entries(first: int, last: int) -> list[Entry]:
    return [Entry(EntryId(n, 0), "request_updated", n) for n in range(first, last + 1)]


def _ids(entries: list[Entry] | None) -> list[int] | None:
    return None if entries is None else [entry.id.milliseconds for entry in entries]


def test_what_came_after_an_entry_that_is_known() -> None:
    history = History(BEFORE_ALL)
    history.add(_entries(5, 9))
    assert history.position == EntryId(9, 0)
    assert _ids(history.after(EntryId(7, 0))) == [8, 9]
    assert _ids(history.after(EntryId(9, 0))) == []
    assert _ids(history.after(BEFORE_ALL)) == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("last", [EntryId(4, 0), EntryId(7, 1), EntryId(10, 0)])
def test_an_entry_that_is_not_known(last: EntryId) -> None:
    history = History(BEFORE_ALL)
    history.add(_entries(5, 9))
    assert history.after(last) is None


def test_a_history_that_begins_anew_knows_its_beginning_only() -> None:
    history = History(EntryId(9, 0))
    assert history.position == EntryId(9, 0)
    assert history.after(EntryId(9, 0)) == []
    assert history.after(EntryId(8, 0)) is None


def test_it_is_bounded_and_still_without_a_gap() -> None:
    history = History(BEFORE_ALL)
    history.add(_entries(1, KEPT + 10))
    assert history.after(BEFORE_ALL) is None
    assert history.after(EntryId(9, 0)) is None
    kept = _ids(history.after(EntryId(10, 0)))
    assert kept == list(range(11, KEPT + 11))


def test_ids_are_numbers_and_not_words() -> None:
    one, other = EntryId.read("9-9"), EntryId.read("10-10")
    assert one is not None and other is not None
    assert one < other
    assert str(other) == "10-10"
    for rubbish in ("", "1", "1-", "-1", "a-b", "1-1 ", "1-1-1", "9" * 20 + "-1"):
        assert EntryId.read(rubbish) is None


def test_what_is_said_again_is_said_once() -> None:
    a, b, again = (
        Entry(EntryId(n, 0), "request_updated", of) for n, of in ((1, 7), (2, 8), (3, 7))
    )
    assert newest_of_each([a, b, again]) == [b, again]


def test_an_entry_of_somebody_else_means_nothing_here() -> None:
    assert read_entry("1-1", {"x": "y"}).kind == ""
    assert read_entry("1-1", {"type": "new_request", "id": "x"}).kind == ""
    assert read_entry("1-1", {"type": "stats", "id": ""}) == Entry(EntryId(1, 1), "stats")
