"""``python -m bench [NAME ...]``: measure some parts, or all of them one after another.

Each part runs in a process of its own and writes ``var/bench/NAME.json``; all together make the
table at the end and ``var/bench/all.json``. Exit 1 if a part failed, 2 for an unknown name.
"""

import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from bench.report import Report, table_of

# In the order of a request's way: functions that fill a Report.
PARTS = {
    "intake": "bench.intake:measure",
    "helpdesk": "bench.intake:measure_helpdesk",
    "inline": "bench.intake:measure_inline",
    "handover": "bench.dispatcher:measure_handover",
    "pipeline": "bench.pipeline:measure",
    "burst": "bench.pipeline:measure_burst",
    "ai": "bench.triage:measure_ai",
    "triage": "bench.triage:measure",
    "lists": "bench.lists:measure",
    "search": "bench.queries:measure_search",
    "counts": "bench.queries:measure_counts",
    "dispatcher": "bench.dispatcher:measure",
    "memory": "bench.memory:measure",
    "idle": "bench.memory:measure_idle",
}
RESULTS = Path(__file__).parents[1] / "var" / "bench"


def main(arguments: list[str]) -> int:
    RESULTS.mkdir(parents=True, exist_ok=True)
    if arguments[:1] == ["--here"]:
        report = Report()
        resolve_name(PARTS[arguments[1]])(report)
        report.save(arguments[1], _path(arguments[1]))
        return 0
    wanted = arguments or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.stderr.write(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}\n")
        return 2
    failed = [name for name in wanted if not _run(name)]
    reports = [json.loads(_path(name).read_text()) for name in wanted if name not in failed]
    content = {"machine": _machine(), "parts": reports}
    (RESULTS / "all.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    print(f"\n{table_of(reports)}\n\n{RESULTS / 'all.json'}")
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


def _machine() -> dict[str, Any]:
    """Where it was measured: figures of two machines compare in their ratios only."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processors": len(models),
        "model": models[0] if models else platform.machine(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
