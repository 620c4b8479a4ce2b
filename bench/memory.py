"""What the whole stack holds at rest, and how soon after its start it accepts a request.

Against the same processes with everything imported everywhere, in turn. PSS counts a page that
several processes share in parts, so that the processes add up. PostgreSQL, Redis and the inbox run
beside both and are not counted.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.alternation import alternate
from bench.report import Comparison, Report, Samples
from bench.servers import ROOT
from bench.whole_stack import Cost, WholeStack, surroundings

ROUNDS = 2
_CELERY = (
    "from worker.__main__ import Processes, app; Processes().get_command(None, '{}');"
    "app.loader.import_default_modules();"
)
# What a process of each type imports until it is at rest; a room's adapters come with its work.
IMPORTS = {
    "web": "import web; web.create_app()",
    "live": "import live.__main__",
    "dispatcher": "import worker.dispatcher",
    "a worker": _CELERY.format("worker")
    + "import celery.apps.worker, worker.celery_guards.consumer, worker.health",
    "beat": _CELERY.format("beat") + "import celery.apps.beat",
    "flower": _CELERY.format("flower"),
    "everything": "import bench.everything",
}


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds to the first 201 and until all parts were there, and what each type then held."""

    accepted: float
    ready: float
    costs: dict[str, Cost]

    @property
    def memory(self) -> float:
        return sum(cost.memory for cost in self.costs.values())

    @property
    def cpu(self) -> float:
        return sum(cost.cpu for cost in self.costs.values())


def measure() -> Report:
    """Start both kinds of stack in turn."""
    report = Report("memory")
    with surroundings() as environment:
        for name, code in IMPORTS.items():
            report.tell(f"imports of {name}", f"{_import_cpu(code, environment):.2f} s of CPU")
        kinds = {"lean": False, "naive": True}
        sides = {
            name: lambda naive=naive: _start(environment, naive) for name, naive in kinds.items()
        }
        found = alternate(sides, ROUNDS)
    _tell_costs(report, found)
    _compare(report, found["lean"], found["naive"])
    return report


def _import_cpu(code: str, environment: Mapping[str, str]) -> float:
    """CPU seconds of a fresh interpreter that only imports; the less disturbed of two."""
    command = [sys.executable, "-c", f"{code}\nimport time; print(time.process_time())"]
    said = [
        subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    return min(float(one.stdout.split()[-1]) for one in said)


def _start(environment: Mapping[str, str], naive: bool) -> Start:
    with WholeStack(environment, naive=naive) as stack:
        accepted = stack.first_accepted()
        ready = stack.rest()
        return Start(accepted, ready, stack.costs())


def _tell_costs(report: Report, found: Mapping[str, Sequence[Start]]) -> None:
    for process in found["lean"][0].costs:
        report.tell(process, "; against ".join(_told(found[kind], process) for kind in found))


def _told(starts: Sequence[Start], process: str) -> str:
    costs = [start.costs[process] for start in starts]
    memory, cpu = median(one.memory for one in costs), median(one.cpu for one in costs)
    return f"{memory:.0f} MB in {costs[0].processes} processes, {cpu:.2f} s of CPU until at rest"


def _compare(report: Report, lean: Sequence[Start], naive: Sequence[Start]) -> None:
    against = "everything imported everywhere"
    for what, name, unit, goal, stretch in (
        ("memory of the stack at rest (PSS)", "memory", "MB", 0.6, 0.4),
        ("first accepted request after start", "accepted", "s", 0.5, 0.25),
        ("all parts there after start", "ready", "s", None, None),
        ("CPU of the stack until at rest", "cpu", "s", None, None),
    ):
        ours, theirs = (
            Samples(unit, tuple(getattr(start, name) for start in side)) for side in (lean, naive)
        )
        report.add(Comparison(what, against, ours, theirs, goal, stretch, at_most=True))
