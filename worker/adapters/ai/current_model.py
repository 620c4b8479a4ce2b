"""Which model the embedded engine uses now: the active one of the database, or the packaged one.

The database is asked at most every few seconds and only for a number; while it is away, or what
it holds is broken, the last good model goes on answering.
"""

import ast
import hashlib
import time
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import structlog

from models import folding
from worker.adapters.ai import english, features, korean
from worker.adapters.ai import lexicon as lexicons
from worker.adapters.ai import model as models
from worker.adapters.ai.lexicon import Lexicon
from worker.adapters.ai.model import Model

CHECK_EVERY = 10.0  # seconds
# The code that extracts features, from folding on. A model that was trained on other features would
# give wrong answers.
_MODULES = (folding, features, english, korean, lexicons)

log = structlog.get_logger(__name__)


class Classifier(NamedTuple):
    model: Model
    lexicon: Lexicon


class Offer(NamedTuple):
    """The active model of the database, without its content."""

    id: int
    features: str


def classifier_of(model: Model) -> Classifier:
    return Classifier(model, lexicons.load(model.words()))


@lru_cache(maxsize=1)
def packaged() -> Classifier:
    """The model that came with the code."""
    return classifier_of(models.load())


def read_classifier(content: bytes) -> Classifier:
    """A model from the database; raises any error if it is broken."""
    return classifier_of(models.read(BytesIO(content)))


@lru_cache(maxsize=1)
def feature_code() -> str:
    """A hash of the code and the lexicon that extract features, 16 characters."""
    parts = [_code_of(Path(module.__file__ or "")) for module in _MODULES]
    whole = "\0".join([*parts, lexicons.PATH.read_text(encoding="utf-8")])
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _code_of(path: Path) -> str:
    """What a module does: neither comments nor docstrings, which change no feature."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            del body[0]
    return ast.dump(tree)


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


class CurrentModel:
    """Call it for the model to use. Shared by threads, of which one at a time checks the database."""

    def __init__(
        self, seconds: float = CHECK_EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._checking = Lock()
        self._next_check = float("-inf")
        self._seen: int | None = None  # the offer that was last taken or refused
        self._classifier: Classifier | None = None

    def __call__(self) -> Classifier:
        if self._clock() >= self._next_check and self._checking.acquire(blocking=False):
            try:
                self._check()
            finally:
                self._next_check = self._clock() + self._seconds
                self._checking.release()
        return self._classifier or packaged()

    def _check(self) -> None:
        """Load the active model if it has changed since the last check; never raises."""
        try:
            offer = _find_offer()
            if (offer and offer.id) == self._seen:
                return
            content = _read_content(offer) if offer else b""
            # Remembered before it is read, so that a broken model is not tried again and again.
            self._seen = offer and offer.id
            self._classifier = read_classifier(content) if content else None
        except Exception as error:  # noqa: BLE001 - a broken model must not stop triage
            log.warning("triage_model_not_taken", reason=type(error).__name__)
            return
        log.info("triage_model_taken", version=(self._classifier or packaged()).model.version)


def _find_offer() -> Offer | None:
    from models.database import transaction
    from models.services.triage_models import find_active

    with transaction() as session:
        found = find_active(session)
        return Offer(found.id, found.features) if found else None


def _read_content(offer: Offer) -> bytes:
    """The offered model; empty (for the packaged one) where it was trained on other features."""
    from models.database import transaction
    from models.services.triage_models import read_content

    if offer.features != feature_code():
        log.warning("triage_model_outdated", reason="trained on other features; retrain")
        return b""
    with transaction() as session:
        return read_content(session, offer.id)
