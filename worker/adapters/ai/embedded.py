"""The embedded engine: a small linear model over a hand-written lexicon, no key, no network."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from models.danger.names import without_names
from models.folding import fold
from models.ports import Triage, TriageText
from worker.adapters.ai.columns import CATEGORIES, PRIORITIES
from worker.adapters.ai.current_model import Classifier, packaged
from worker.adapters.ai.features import UNTOLD, Seen, see
from worker.adapters.ai.language import is_foreign, language_of
from worker.adapters.ai.lexicon import Lexicon
from worker.adapters.ai.model import Floats, Model, probabilities
from worker.adapters.ai.reasons import reason_for

UNKNOWN_CONFIDENCE = 0.15  # nothing in the text that the engine understands
MIN_KNOWN_SHARE = 0.25
# No word tells a category, only the look of the text does: a person decides.
UNTOLD_CONFIDENCE = 0.5
NEVER = 2.0  # above every chance


class Judgement(NamedTuple):
    category: str
    confidence: float
    priority: str


class EmbeddedEngine:
    """A ``models.ports.TriageEngine``; reads its model on first use and never raises on text."""

    def __init__(self, classifier: Callable[[], Classifier] = packaged) -> None:
        """``classifier`` returns the model to use; it is called before each batch."""
        self._classifier = classifier

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        classifier = self._classifier()
        return [_triage(text, classifier) for text in texts]


def _triage(text: TriageText, classifier: Classifier) -> Triage:
    model, lexicon = classifier
    folded = fold(text.description)
    language = language_of(folded, text.language)
    said = folded
    seen = see(said, lexicon)
    if not _tells(seen, lexicon) and text.location:
        said = fold(f"{text.description} . {text.location}")
        seen = see(said, lexicon)
    judged = judge(seen, model, foreign=is_foreign(folded))
    if judged.priority == "urgent" and not seen.danger:
        judged = judged._replace(priority=_without_names(said, judged, classifier))
    return Triage(
        category=judged.category,
        priority=judged.priority,
        confidence=judged.confidence,
        reason=reason_for(
            seen,
            model,
            category=judged.category,
            priority=judged.priority,
            language=language,
        ),
        language=language,
        model=f"embedded-{model.version}",
    )


def _without_names(said: str, judged: Judgement, classifier: Classifier) -> str:
    """The priority of what the model alone calls urgent, when it does not see the names in it that
    contain words of danger."""
    model, lexicon = classifier
    plain = without_names(said)
    if plain == said:
        return judged.priority
    return judge(see(plain, lexicon), model, foreign=False).priority


def judge(seen: Seen, model: Model, *, foreign: bool) -> Judgement:
    """Category, calibrated confidence and priority; a danger always makes it urgent."""
    category_logits, priority_logits = model.scores(seen.values)
    chances = probabilities(category_logits, model.temperature)
    best = int(np.argmax(chances))
    # Of words that mean nothing to it the model alone makes nothing urgent.
    urgent_from = model.urgent_from if seen.hits else NEVER
    priority = "urgent" if seen.danger else _priority(priority_logits, urgent_from)
    if not seen.danger and (foreign or not _understood(seen, model)):
        return Judgement("other", UNKNOWN_CONFIDENCE, "medium" if seen.words else "low")
    confidence = float(chances[best])
    if UNTOLD in seen.values and not seen.danger:
        confidence = min(confidence, UNTOLD_CONFIDENCE)
    return Judgement(CATEGORIES[best], round(confidence, 4), priority)


def _priority(logits: Floats, urgent_from: float) -> str:
    chances = probabilities(logits)
    if chances[-1] >= urgent_from:
        return "urgent"
    return PRIORITIES[int(np.argmax(chances[:-1]))]


def _tells(seen: Seen, lexicon: Lexicon) -> bool:
    """Whether any word counts for a category."""
    return any(lexicon.weights[hit.concept] for hit in seen.hits)


def _understood(seen: Seen, model: Model) -> bool:
    """Whether some concept was found, or enough of the wording is known from training."""
    if seen.hits:
        return True
    plain = [name for name in seen.values if name[:2] in ("e:", "k:")]
    known = sum(name in model.vocabulary for name in plain)
    return bool(plain) and known / len(plain) >= MIN_KNOWN_SHARE
