"""Retraining: evaluates models, and trains a new one on the project's text and people's labels."""

from collections.abc import Sequence
from dataclasses import asdict
from io import BytesIO

from models.learning import Answered, Evaluation, Label, TrainingResult
from models.ports import PermanentError, Triage, TriageText
from training import table
from training.corpus import Corpus, build_corpus, read_set
from training.evaluation import Report, evaluate
from training.losses import losses
from training.patterns import Example
from worker.adapters.ai import model as models
from worker.adapters.ai.current_model import Classifier, feature_code, packaged, read_classifier
from worker.adapters.ai.embedded import EmbeddedEngine

# How often a label is added to the corpus. A pattern makes up to 22 texts, so a label counts about
# a quarter of a pattern: a hundred labels have an effect, one mistaken label has hardly any.
COPIES = 5
_MISSING = (
    "retraining needs scikit-learn, which is not installed here: the extra “train” brings it "
    "(pip install -e '.[train]'), and so does make env-dev"
)


class Trainer:
    """A ``models.learning.TriageTrainer``."""

    def features(self) -> str:
        return feature_code()

    def evaluate(self, content: bytes | None) -> Evaluation:
        """See :class:`models.learning.TriageTrainer`.

        Raises:
            PermanentError: ``content`` is no model.
        """
        classifier = _classifier(content)
        return _evaluation(evaluate(EmbeddedEngine(lambda: classifier), read_set("test")))

    def evaluate_answers(self, answers: Sequence[Answered]) -> Evaluation:
        examples = [_example(answered.label) for answered in answers]
        return _evaluation(evaluate(_StoredAnswers(answers), examples))

    def train(
        self, labels: Sequence[Label], present: bytes | None, *, version: str
    ) -> TrainingResult:
        before = self.evaluate(present)
        corpus = with_labels(build_corpus(), labels)
        content = _fitted(corpus, version)
        after = self.evaluate(content)
        return TrainingResult(
            content=content,
            features=feature_code(),
            version=version,
            examples=len(labels),
            before=before,
            after=after,
            losses=losses(before, after),
        )


class _StoredAnswers:
    """A triage engine that returns stored answers."""

    def __init__(self, answers: Sequence[Answered]) -> None:
        self._answers = [answered.triage for answered in answers]

    def triage(self, _texts: Sequence[TriageText]) -> list[Triage]:
        return self._answers


def with_labels(corpus: Corpus, labels: Sequence[Label]) -> Corpus:
    """``corpus`` and each label ``COPIES`` times; labels whose text is in the test set are left
    out."""
    tested = {example.text for example in read_set("test")}
    number = max(corpus.origins, default=0)
    examples, origins = list(corpus.examples), list(corpus.origins)
    for label in labels:
        if label.text.description not in tested:
            number += 1
            examples += [_example(label)] * COPIES
            origins += [number] * COPIES
    return Corpus(examples, origins)


def _example(label: Label) -> Example:
    return Example(label.text.description, label.category, label.priority, label.text.language)


def _fitted(corpus: Corpus, version: str) -> bytes:
    try:
        from training.calibration import calibrated
        from training.fitting import extract_features, fit
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("sklearn", "scipy"):
            raise PermanentError(_MISSING) from error
        raise
    features = extract_features(corpus.examples)
    model = calibrated(fit(corpus.examples, features, version), corpus, features)
    file = BytesIO()
    models.save(model, file)
    return file.getvalue()


def _classifier(content: bytes | None) -> Classifier:
    if content is None:
        return packaged()
    try:
        return read_classifier(content)
    except Exception as error:
        raise PermanentError("the stored model cannot be read") from error


def _evaluation(report: Report) -> Evaluation:
    scores = {language: asdict(score) for language, score in report.by_language.items()}
    return Evaluation(scores, tuple(table.lines(report)))
