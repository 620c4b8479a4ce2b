"""``python -m bench [NAME ...]``: measure some parts, or all of them one after another.

Each part runs in a process of its own and writes ``var/bench/NAME.json``; all together make the
table at the end and ``var/bench/all.json``. Exit 1 if a part failed, 2 for an unknown name.
"""

import importlib
import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.report import table_of

# In the order of a request's ride; each is a module here with a function ``measure()``.
PARTS = (
    "intake",
    "helpdesk",
    "inline",
    "handover",
    "pipeline",
    "burst",
    "ai",
    "triage",
    "lists",
    "search",
    "counts",
    "dispatcher",
    "live",
    "memory",
)
RESULTS = Path(__file__).parents[1] / "var" / "bench"


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--here"]:
        return _measure_here(arguments[1])
    wanted = arguments or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.stderr.write(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}\n")
        return 2
    failed = [name for name in wanted if not _run(name)]
    reports = [_read(name) for name in wanted if name not in failed]
    everything = {"machine": _machine(), "parts": reports}
    (RESULTS / "all.json").write_text(json.dumps(everything, indent=2, ensure_ascii=False) + "\n")
    sys.stdout.write(f"\n{table_of(reports)}\n\n{RESULTS / 'all.json'}\n")
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _run(name: str) -> bool:
    """One part in a process of its own: what it imports and opens ends with it."""
    started = time.monotonic()
    sys.stdout.write(f"== {name}\n")
    sys.stdout.flush()
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench", "--here", name]
    done = subprocess.run(command, check=False).returncode == 0
    sys.stdout.write(f"   {name} took {time.monotonic() - started:.0f} s\n")
    return done


def _measure_here(name: str) -> int:
    report = importlib.import_module(f"bench.{name}").measure()
    report.save(RESULTS / f"{name}.json")
    return 0


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return found


def _machine() -> dict[str, Any]:
    """Where it was measured: figures of two machines compare in their ratios only."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processors": len(models),
        "model": models[0] if models else platform.machine(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
