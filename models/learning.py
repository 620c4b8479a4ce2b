"""What the learning loop passes on: labels that people gave, what a model is worth, and who trains."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.ports import Triage, TriageText


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of one request's text; ``names`` must not leave the house with it."""

    text: TriageText
    category: str
    priority: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """An engine's stored answer, and the final word on the same request."""

    triage: Triage
    label: Label


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``scores`` by language (name to share, 0 to 1); ``lines`` are for a terminal."""

    scores: dict[str, dict[str, float]]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A trained model and what it is worth on the test set, against the one it would follow."""

    content: bytes
    features: str
    version: str
    examples: int
    before: Evaluation
    after: Evaluation
    losses: tuple[str, ...] = field(default=())


class TriageTrainer(Protocol):
    """Trains and judges the embedded classifier. ``content`` is a model; None, the packaged one."""

    def features(self) -> str:
        """The name of the code that looks at texts; a model of other code is not used."""
        ...

    def evaluate(self, content: bytes | None) -> Evaluation:
        """Judge a model on the packaged test set."""
        ...

    def evaluate_answers(self, answers: Sequence[Answered]) -> Evaluation:
        """Judge stored answers by people's words."""
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
    """Where a fine-tuning job stands: ``news`` since the last look, ``share`` done if known.

    ``ended`` says how it ended: succeeded, failed or cancelled; ``model`` is what came of it.
    """

    status: str
    news: tuple[str, ...] = ()
    share: float | None = None
    ended: bool = False
    model: str = ""
    error: str = ""


class FineTuning(Protocol):
    """A server that trains language models. All calls raise ``TransientError`` while it is away
    and ``PermanentError`` where it refuses."""

    def lines(self, labels: Sequence[Label]) -> Iterator[str]:
        """One conversation per label as JSON, without contact data."""
        ...

    def start(self, content: bytes, *, name: str, model: str) -> str:
        """Upload ``content`` and start a job that trains ``model``; the job's id."""
        ...

    def follow(self, job: str, *, every: float) -> Iterator[Progress]:
        """Progress every some seconds until the job ends; outages on the way are waited out for some minutes."""
        ...
