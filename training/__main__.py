"""``python -m training train`` fits and writes the model; ``evaluate`` prints its scores."""

import argparse
import sys
from pathlib import Path

from training import table
from training.corpus import build_corpus, read_set
from training.evaluation import evaluate
from worker.adapters.ai import model as models
from worker.adapters.ai.current_model import classifier_of
from worker.adapters.ai.embedded import EmbeddedEngine

VERSION = "2026.11"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="fit, calibrate and write the model")
    train.add_argument("--output", type=Path, default=models.PATH)
    scores = commands.add_parser("evaluate", help="print accuracy by class and language")
    scores.add_argument("--model", type=Path, default=models.PATH)
    scores.add_argument("--set", choices=("test", "dev", "held_out"), default="test")
    options = parser.parse_args(arguments)
    if options.command == "train":
        return _train(options.output)
    return _evaluate(options.model, options.set)


def _train(output: Path) -> int:
    from training.calibration import calibrated
    from training.fitting import extract_features, fit

    corpus = build_corpus()
    sys.stdout.write(f"{len(corpus.examples)} texts of {max(corpus.origins)} patterns\n")
    features = extract_features(corpus.examples)
    model = calibrated(fit(corpus.examples, features, VERSION), corpus, features)
    models.save(model, output)
    sys.stdout.write(
        f"{len(model.vocabulary)} features, temperature {model.temperature:.2f}, urgent from "
        f"{model.urgent_from:.2f}, {output.stat().st_size:,} bytes in {output}\n"
    )
    return 0


def _evaluate(path: Path, name: str) -> int:
    for line in table.lines(
        evaluate(EmbeddedEngine(lambda: classifier_of(models.load(path))), read_set(name))
    ):
        sys.stdout.write(line + "\n")
    return 0


sys.exit(main(sys.argv[1:]))
