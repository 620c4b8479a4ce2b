"""Trained models in the database: at most one of them is active."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.services.triage_models import (
    PACKAGED,
    activate_model,
    find_active,
    find_version,
    list_models,
    read_content,
    record_model,
)
from models.triage_model import TriageModel
from tests.models.triage_rows import training_result


def test_a_stored_model_is_not_used_until_it_is_activated(session: Session) -> None:
    model = record_model(session, training_result("1", b"\x00\xff"))
    assert find_active(session) is None
    activate_model(session, "1")
    assert find_active(session) is model
    assert read_content(session, model.id) == b"\x00\xff"
    assert model.scores["after"]["ko"]["accuracy"] == 0.9


def test_one_is_active_and_any_may_be(session: Session) -> None:
    for version in ("1", "2"):
        record_model(session, training_result(version))
        activate_model(session, version)
    session.expire_all()
    assert [(m.version, m.active) for m in list_models(session)] == [("2", True), ("1", False)]
    activate_model(session, "1")
    session.expire_all()
    active = find_active(session)
    assert active is not None and active.version == "1"
    activate_model(session, PACKAGED)
    session.expire_all()
    assert find_active(session) is None


def test_an_unknown_version_cannot_be_activated(session: Session) -> None:
    record_model(session, training_result("1"))
    activate_model(session, "1")
    with pytest.raises(NotFound):
        activate_model(session, "2")
    assert find_active(session) is find_version(session, "1")


def test_the_database_itself_refuses_a_second_active_one(
    committed: Callable[[], Session],
) -> None:
    with committed() as session:
        for version in ("1", "2"):
            record_model(session, training_result(version))
        session.commit()
        with pytest.raises(IntegrityError, match="uq_triage_models_active"):
            session.query(TriageModel).update({"active": True})


def test_a_version_is_stored_once(session: Session) -> None:
    record_model(session, training_result("1"))
    with pytest.raises(IntegrityError, match="uq_triage_models_version"):
        record_model(session, training_result("1"))
