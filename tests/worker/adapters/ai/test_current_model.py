"""Which model is used: new models in the database, and models that are broken."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from sqlalchemy.orm import Session

from models.database import forget_engine
from models.ports import TriageText
from models.services.triage_models import PACKAGED, activate_model, record_model
from tests.models.triage_rows import training_result
from worker.adapters.ai import model as models
from worker.adapters.ai.current_model import CurrentModel, feature_code, packaged
from worker.adapters.ai.embedded import EmbeddedEngine

TOILET = TriageText("변기가 막혔어요")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def current(committed: Callable[[], Session], clock: Clock) -> CurrentModel:
    return CurrentModel(10.0, clock)


def packaged_as(version: str) -> bytes:
    file = BytesIO()
    models.save(replace(packaged().model, version=version), file)
    return file.getvalue()


def activate(
    opens: Callable[[], Session], version: str, content: bytes, *, features: str = ""
) -> None:
    with opens() as session:
        record_model(
            session, training_result(version, content, features=features or feature_code())
        )
        activate_model(session, version)
        session.commit()


def test_without_one_the_packaged_model_answers(current: CurrentModel) -> None:
    assert current() is packaged()


def test_a_new_model_is_taken_without_a_restart(
    current: CurrentModel, clock: Clock, committed: Callable[[], Session]
) -> None:
    engine = EmbeddedEngine(current)
    before = engine.triage([TOILET])[0].model
    activate(committed, "new", packaged_as("new"))
    clock.now = 9.9
    assert engine.triage([TOILET])[0].model == before  # the last check was less than 10 s ago
    clock.now = 10.1
    answer = engine.triage([TOILET])[0]
    assert (answer.model, answer.category) == ("embedded-new", "plumbing")
    with committed() as session:
        activate_model(session, PACKAGED)
        session.commit()
    clock.now = 20.2
    assert current() is packaged()


class Hostile:
    """Unpickling this would run code."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return (pytest.fail, ("a model from the database was unpickled",))


def _pickled() -> bytes:
    file = BytesIO()
    np.savez(file, version=np.array([Hostile()], dtype=object))
    return file.getvalue()


def _of(**changes: object) -> bytes:
    file = BytesIO()
    models.save(replace(packaged().model, **changes), file)  # type: ignore[arg-type]
    return file.getvalue()


BROKEN: dict[str, Callable[[], bytes]] = {
    "no zip": lambda: b"rubbish",
    "cut": lambda: packaged_as("x")[:-1000],
    "pickle": _pickled,
    "shape": lambda: _of(bias=np.zeros(3, np.float32)),
    "rows": lambda: _of(vocabulary={"e:x": 0}),
    "not a number": lambda: _of(weights=packaged().model.weights * np.float32("nan")),
    "cold": lambda: _of(temperature=0.0),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_after_a_broken_model_the_last_good_one_is_used(
    current: CurrentModel,
    clock: Clock,
    committed: Callable[[], Session],
    kind: str,
) -> None:
    activate(committed, "good", packaged_as("good"))
    engine = EmbeddedEngine(current)
    assert engine.triage([TOILET])[0].model == "embedded-good"
    activate(committed, "broken", BROKEN[kind]())
    for clock.now in (10.1, 20.2):
        answer = engine.triage([TOILET])[0]
        assert (answer.model, answer.category) == ("embedded-good", "plumbing")
    activate(committed, "repaired", packaged_as("repaired"))
    clock.now = 30.3
    assert engine.triage([TOILET])[0].model == "embedded-repaired"


def test_a_model_of_other_features_is_not_used(
    current: CurrentModel, committed: Callable[[], Session]
) -> None:
    activate(committed, "old", packaged_as("old"), features="another code")
    assert current() is packaged()


def test_a_database_that_is_away_changes_nothing(
    current: CurrentModel,
    clock: Clock,
    committed: Callable[[], Session],
    settings_with: Callable[..., object],
) -> None:
    activate(committed, "good", packaged_as("good"))
    assert current().model.version == "good"
    activate(committed, "newer", packaged_as("newer"))
    forget_engine()
    settings_with(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    clock.now = 10.1
    try:
        assert current().model.version == "good"
    finally:
        forget_engine()


def test_one_thread_checks_and_the_others_do_not_wait(current: CurrentModel) -> None:
    with current._checking:
        assert current() is packaged()
