"""What the storm drives: a stack, and how to ask it whether it recovered and what it did."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.clients import Ledger
from tests.faults.stack import StormStack
from tests.faults.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Variant:
    """``canary`` asks whether request ``{id}`` came through its first room; ``unfinished`` counts
    what is still to do; ``feels`` says whether a fault by this name means anything to the stack;
    ``patience`` (seconds) is how long recovery may take."""

    stack: type[StormStack]
    judge: Callable[[StormStack, Ledger, int], Verdict]
    canary: str
    unfinished: str
    patience: float
    feels: Callable[[str], bool]


def _judge(stack: StormStack, ledger: Ledger, cuts: int) -> Verdict:
    return judge(stack, ledger, cuts=cuts)


HAJA = Variant(
    stack=StormStack,
    judge=_judge,
    canary="SELECT category <> 'pending' FROM maintenance_requests WHERE id = {id}",
    unfinished="SELECT count(*) FROM steps WHERE state IN ('blocked', 'ready', 'running', 'retry')",
    patience=240,
    feels=lambda _fault: True,
)
