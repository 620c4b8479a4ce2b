"""Retraining of triage: labels from people, scores of models, and the interfaces of the trainers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.ports import Triage, TriageText


@dataclass(frozen=True, slots=True)
class Label:
    """A person's answer for one request. ``names`` are in the text and must be masked before it is
    sent to a server outside."""

    text: TriageText
    category: str
    priority: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """An engine's stored answer, and a person's final answer on the same request."""

    triage: Triage
    label: Label


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``scores`` by language (name to share, 0 to 1); ``lines`` are for a terminal."""

    scores: dict[str, dict[str, float]]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A trained model, with its scores on the test set (``after``) and those of the model that it
    would replace (``before``). ``losses`` names each score that got worse."""

    content: bytes
    features: str
    version: str
    examples: int
    before: Evaluation
    after: Evaluation
    losses: tuple[str, ...] = field(default=())


class TriageTrainer(Protocol):
    """Trains and evaluates the embedded classifier. ``content`` is a model; None means the packaged
    one."""

    def features(self) -> str:
        """A name for the code that extracts features; a model of other feature code is not used."""
        ...

    def evaluate(self, content: bytes | None) -> Evaluation:
        """Scores of a model on the packaged test set."""
        ...

    def evaluate_answers(self, answers: Sequence[Answered]) -> Evaluation:
        """Scores of stored answers, compared with what people said."""
        ...

    def train(
        self, labels: Sequence[Label], present: bytes | None, *, version: str
    ) -> TrainingResult:
        """Train on the project's text and ``labels``, and compare with ``present``.

        Raises:
            PermanentError: what training needs is not installed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a fine-tuning job: ``news`` are its messages since the last poll, ``share`` is
    how much is done (0 to 1) if known.

    When ``ended`` is true, ``status`` is succeeded, failed or cancelled; ``model`` is the new model.
    """

    status: str
    news: tuple[str, ...] = ()
    share: float | None = None
    ended: bool = False
    model: str = ""
    error: str = ""


class FineTuning(Protocol):
    """A server that trains language models. All calls raise ``TransientError`` while it cannot be
    reached and ``PermanentError`` where it refuses."""

    def lines(self, labels: Sequence[Label]) -> Iterator[str]:
        """One conversation per label as JSON, without contact data."""
        ...

    def start(self, content: bytes, *, name: str, model: str) -> str:
        """Upload ``content`` and start a job that trains ``model``; returns the job's id."""
        ...

    def follow(self, job: str, *, every: float) -> Iterator[Progress]:
        """Poll the job each ``every`` seconds until it ends; outages of some minutes are waited for."""
        ...
