"""How fast the embedded classifier is: texts per second of CPU in a batch, and its cold start.

``python -m bench.triage``. Goals: at least 500 texts a second on one core, ready in under 3 s.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from models.ports import TriageText
from worker.adapters.ai.embedded import EmbeddedEngine

DATA = Path(__file__).parents[1] / "training" / "data"
ROUNDS = 10
COLD_STARTS = 5
_COLD = (
    "from worker.adapters.ai.embedded import EmbeddedEngine;"
    "from models.ports import TriageText;"
    "EmbeddedEngine().triage([TriageText('변기 막힘')])"
)


def _texts() -> list[TriageText]:
    """The test set: requests in a style that the model was not trained on."""
    lines = [
        line
        for name in ("test_en.jsonl", "test_ko.jsonl")
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
    ]
    return [TriageText(json.loads(line)["text"]) for line in lines if line.strip()]


def _per_second(texts: list[TriageText]) -> float:
    engine = EmbeddedEngine()
    engine.triage(texts[:1])
    started = time.process_time()
    for _ in range(ROUNDS):
        engine.triage(texts)
    return ROUNDS * len(texts) / (time.process_time() - started)


def _cold_start() -> float:
    """Seconds from a new process to its first answer, the median of some."""
    seconds = []
    for _ in range(COLD_STARTS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", _COLD], check=True)
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)[COLD_STARTS // 2]


def main() -> None:
    texts = _texts()
    figures = {
        "texts": len(texts),
        "texts_per_cpu_second": round(_per_second(texts)),
        "cold_start_seconds": round(_cold_start(), 2),
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
