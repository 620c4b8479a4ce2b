"""``python -m bench [PART ...]``: measure some parts, or all of them one after another.

Each part runs in a process of its own and writes ``var/bench/PART.json``; at the end all together are
printed as a table. Exit 1 if a part failed, 2 for an unknown one.
"""

import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from pkgutil import resolve_name

from bench.report import Report, table_of

# In the order of a request's way: functions that fill a Report.
PARTS = {
    "intake": "bench.intake:measure",
    "rivals": "bench.intake:measure_rivals",
    "handover": "bench.pipeline:measure_handover",
    "pipeline": "bench.pipeline:measure",
    "triage": "bench.triage:measure",
    "lists": "bench.lists:measure",
    "live": "bench.live:measure",
    "memory": "bench.memory:measure",
}
RESULTS = Path(__file__).parents[1] / "var" / "bench"


def main(arguments: list[str]) -> int:
    RESULTS.mkdir(parents=True, exist_ok=True)
    if arguments[:1] == ["--here"]:
        report = Report()
        resolve_name(PARTS[arguments[1]])(report)
        report.save(arguments[1], _machine(), _path(arguments[1]))
        return 0
    wanted = arguments or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.stderr.write(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}\n")
        return 2
    failed = [name for name in wanted if not _run(name)]
    parts = [json.loads(_path(name).read_text()) for name in wanted if name not in failed]
    print(f"\n{_machine()}\n\n{table_of(parts)}\n\nalso in {RESULTS}")
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _run(name: str) -> bool:
    """One part in a process of its own: what it imports and opens ends with it."""
    started = time.monotonic()
    print(f"== {name}", flush=True)
    _path(name).unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench", "--here", name]
    done = subprocess.run(command, check=False).returncode == 0
    print(f"   {name} took {time.monotonic() - started:.0f} s", flush=True)
    return done


def _path(name: str) -> Path:
    return RESULTS / f"{name}.json"


def _machine() -> str:
    """Where and when: figures of two machines compare in their ratios only."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return (
        f"{time.strftime('%Y-%m-%d')}, {len(models)} × {model}, Python {platform.python_version()}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
