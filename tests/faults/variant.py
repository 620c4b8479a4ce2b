"""A variant that the storm can run: its stack, and how to check its recovery and results."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.clients import ClientLog
from tests.faults.stack import StormStack
from tests.faults.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Variant:
    """``canary`` is a query whether request ``{id}`` is triaged; ``unfinished`` is one for the number
    of unfinished steps; ``affected_by`` tells whether the stack has the part that a fault affects;
    ``patience`` is how long the recovery may take, in seconds."""

    stack: type[StormStack]
    judge: Callable[[StormStack, ClientLog, int], Verdict]
    canary: str
    unfinished: str
    patience: float
    affected_by: Callable[[str], bool]


def _judge(stack: StormStack, client_log: ClientLog, cuts: int) -> Verdict:
    return judge(stack, client_log, cuts=cuts)


HAJA = Variant(
    stack=StormStack,
    judge=_judge,
    canary="SELECT category <> 'pending' FROM maintenance_requests WHERE id = {id}",
    unfinished="SELECT count(*) FROM steps WHERE state IN ('blocked', 'ready', 'running', 'retry')",
    patience=240,
    affected_by=lambda _fault: True,
)
