"""The committed model's scores on the test set, so that no change makes it worse unnoticed."""

import pytest

from training.corpus import read_set
from training.evaluation import Report, evaluate
from worker.adapters.ai.embedded import EmbeddedEngine


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(EmbeddedEngine(), read_set("test"))


def test_the_test_set_is_large_and_covers_every_category(report: Report) -> None:
    assert sum(score.examples for score in report.by_language.values()) >= 400
    assert len(report.by_category) == 22


@pytest.mark.parametrize(("language", "accuracy"), [("en", 0.90), ("ko", 0.92)])
def test_category_accuracy(report: Report, language: str, accuracy: float) -> None:
    assert report.by_language[language].accuracy >= accuracy


@pytest.mark.parametrize("language", ["en", "ko"])
def test_urgent_requests_are_found_with_few_false_alarms(report: Report, language: str) -> None:
    assert report.by_language[language].urgent_recall >= 0.95
    assert report.by_language[language].false_alarms <= 0.10


@pytest.mark.parametrize("language", ["en", "ko"])
def test_confidence_is_calibrated(report: Report, language: str) -> None:
    assert report.by_language[language].calibration_error < 0.05


@pytest.fixture(scope="module")
def held_out() -> Report:
    """Written apart from the rules and the model, after both."""
    return evaluate(EmbeddedEngine(), read_set("held_out"))


@pytest.mark.parametrize(("language", "accuracy"), [("en", 0.89), ("ko", 0.94)])
def test_what_was_held_out_is_sorted_as_well(
    held_out: Report, language: str, accuracy: float
) -> None:
    score = held_out.by_language[language]
    assert score.examples >= 220
    assert score.accuracy >= accuracy
    assert score.urgent_recall >= 0.95
    assert score.false_alarms <= 0.05
    assert score.calibration_error <= 0.04
    assert score.surest_accuracy >= 0.95
