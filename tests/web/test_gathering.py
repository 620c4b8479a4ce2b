"""Acting together: everybody gets their own, nobody waits for company, no one is forgotten."""

import threading
from collections.abc import Sequence

import pytest

from tests.crowd import at_once
from tests.waiting import wait_for
from web.gathering import Gathering


class Gate:
    """Doubles numbers, once it is open; remembers who came together."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.open = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        assert self.open.wait(60)
        return [2 * item for item in items]


def _in_threads(
    gathering: Gathering[int, int], items: Sequence[int]
) -> tuple[list[object], list[threading.Thread]]:
    results: list[object] = []

    def call(item: int) -> None:
        try:
            results.append(gathering(item))
        except ConnectionError as error:
            results.append(error)

    threads = [threading.Thread(target=call, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    return results, threads


def _all_wait(gathering: Gathering[int, int], count: int) -> None:
    wait_for(lambda: len(gathering._queue) == count, "everybody stands in the queue")


def test_alone_one_acts_at_once() -> None:
    gate = Gate()
    gate.open.set()
    gathering = Gathering(gate, largest=8)
    assert [gathering(n) for n in range(3)] == [0, 2, 4]
    assert gate.groups == [[0], [1], [2]]


def test_who_comes_meanwhile_comes_along() -> None:
    gate = Gate()
    gathering = Gathering(gate, largest=8)
    results, threads = _in_threads(gathering, [0])
    wait_for(lambda: gate.groups, "the first is out")
    more, others = _in_threads(gathering, range(1, 12))
    _all_wait(gathering, 11)
    gate.open.set()
    for thread in [*threads, *others]:
        thread.join(60)
    assert [len(group) for group in gate.groups] == [1, 8, 3]
    assert sorted(results + more) == [2 * n for n in range(12)]  # type: ignore[type-var]


def test_two_may_act_at_a_time() -> None:
    gate = Gate()
    gathering = Gathering(gate, largest=8, leaders=2)
    results, threads = _in_threads(gathering, [0, 1])
    wait_for(lambda: len(gate.groups) == 2, "both are out")
    more, others = _in_threads(gathering, [2, 3, 4])
    _all_wait(gathering, 3)
    assert len(gate.groups) == 2
    gate.open.set()
    for thread in [*threads, *others]:
        thread.join(60)
    assert sorted(len(group) for group in gate.groups) == [1, 1, 3]
    assert sorted(results + more) == [0, 2, 4, 6, 8]  # type: ignore[type-var]


def test_what_fails_fails_for_all_who_wait() -> None:
    opened, came = threading.Event(), threading.Event()

    def fail(_items: Sequence[int]) -> list[int]:
        came.set()
        assert opened.wait(60)
        raise ConnectionError

    gathering = Gathering(fail, largest=8)
    results, threads = _in_threads(gathering, [0])
    assert came.wait(60)
    more, others = _in_threads(gathering, range(1, 20))
    _all_wait(gathering, 19)
    opened.set()
    for thread in [*threads, *others]:
        thread.join(60)
    assert len(results + more) == 20
    assert all(isinstance(result, ConnectionError) for result in results + more)
    with pytest.raises(ConnectionError):
        gathering(1)  # and the next one tries again


def test_a_crowd_gets_each_its_own() -> None:
    gathering: Gathering[int, int] = Gathering(
        lambda items: [n * n for n in items], largest=5, leaders=3
    )
    found = at_once(24, lambda n: [gathering(n * 1000 + k) for k in range(200)])
    assert found == [[(n * 1000 + k) ** 2 for k in range(200)] for n in range(24)]
