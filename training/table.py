"""A report as lines of text for a terminal."""

from collections.abc import Iterator

from training.evaluation import Report, Score

_HEAD = f"{'':22}{'n':>5}{'category':>10}{'priority':>10}{'urgent':>12}{'false':>8}{'calib.':>8}"


def lines(report: Report) -> Iterator[str]:
    """One line per language, then one per language and category; shares in percent."""
    yield _HEAD
    for language, score in report.by_language.items():
        yield _line(language, score)
    for (language, category), score in report.by_category.items():
        yield _line(f"{language} {category}", score)


def _line(name: str, score: Score) -> str:
    urgent = f"{score.urgent_recall:.1%} of {score.urgent}" if score.urgent else "-"
    return (
        f"{name:22}{score.examples:>5}{score.accuracy:>10.1%}{score.priority_accuracy:>10.1%}"
        f"{urgent:>12}{score.false_alarms:>8.1%}{score.calibration_error:>8.3f}"
    )
