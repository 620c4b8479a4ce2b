"""Scores of an engine on a set that it was not trained on, by class and language."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.ports import Triage, TriageEngine, TriageText
from training.patterns import Example

BINS = 10
SUREST = 0.85  # the share of answers that nobody has to look at


@dataclass(frozen=True)
class Score:
    """The scores of one group of examples; shares are from 0 to 1. ``surest_accuracy`` is of the
    answers with the most confidence, of which there are ``SUREST``."""

    examples: int
    accuracy: float
    surest_accuracy: float
    priority_accuracy: float
    urgent: int
    urgent_recall: float
    false_alarms: float
    calibration_error: float


@dataclass(frozen=True)
class Report:
    by_language: dict[str, Score]
    by_category: dict[tuple[str, str], Score]


def evaluate(engine: TriageEngine, examples: Sequence[Example]) -> Report:
    """Scores of ``engine`` for each language, and for each language and category."""
    answers = engine.triage([TriageText(e.text, language=e.language) for e in examples])
    pairs = list(zip(examples, answers, strict=True))
    languages = sorted({e.language for e in examples})
    keys = sorted({(e.language, e.category) for e in examples})
    return Report(
        {name: _score([p for p in pairs if p[0].language == name]) for name in languages},
        {key: _score([p for p in pairs if (p[0].language, p[0].category) == key]) for key in keys},
    )


def _score(pairs: list[tuple[Example, Triage]]) -> Score:
    urgent = [answer for example, answer in pairs if example.priority == "urgent"]
    calm = [answer for example, answer in pairs if example.priority in ("low", "medium")]
    return Score(
        examples=len(pairs),
        accuracy=_share([e.category == a.category for e, a in pairs]),
        surest_accuracy=_share([e.category == a.category for e, a in _surest(pairs)]),
        priority_accuracy=_share([e.priority == a.priority for e, a in pairs]),
        urgent=len(urgent),
        urgent_recall=_share([a.priority == "urgent" for a in urgent]),
        false_alarms=_share([a.priority == "urgent" for a in calm], empty=0.0),
        calibration_error=_calibration_error(pairs),
    )


def _surest(pairs: list[tuple[Example, Triage]]) -> list[tuple[Example, Triage]]:
    by_confidence = sorted(pairs, key=lambda pair: pair[1].confidence, reverse=True)
    return by_confidence[: round(SUREST * len(pairs))]


def _share(hits: list[bool], empty: float = 1.0) -> float:
    return sum(hits) / len(hits) if hits else empty


def _calibration_error(pairs: list[tuple[Example, Triage]]) -> float:
    """Expected calibration error over ten bins of confidence."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for example, answer in pairs:
        index = min(int(answer.confidence * BINS), BINS - 1)
        bins[index].append((answer.confidence, example.category == answer.category))
    gaps = (abs(sum(c for c, _ in found) - sum(hit for _, hit in found)) for found in bins if found)
    return sum(gaps) / max(1, len(pairs))
