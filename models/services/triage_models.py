"""Trained models, stored with their scores; at most one of them is active."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.learning import TrainingResult
from models.triage_model import TriageModel

PACKAGED = "packaged"  # the model that comes with the code, used when no stored one is active


def record_model(session: Session, result: TrainingResult) -> TriageModel:
    """Store a trained model; it is not active yet.

    Raises:
        IntegrityError: its version is taken.
    """
    model = TriageModel(
        version=result.version,
        content=result.content,
        features=result.features,
        scores={"before": result.before.scores, "after": result.after.scores},
        examples=result.examples,
    )
    session.add(model)
    session.flush()
    return model


def activate_model(session: Session, version: str) -> None:
    """Make this version active; ``packaged`` makes workers use the packaged model. Workers notice it
    at their next check.

    Raises:
        NotFound: no such version.
    """
    wanted = find_version(session, version) if version != PACKAGED else None
    # In this order, because a unique index allows only one active model.
    session.execute(update(TriageModel).where(TriageModel.active).values(active=False))
    if wanted is not None:
        session.refresh(wanted)
        wanted.active = True
        session.flush()


def find_active(session: Session) -> TriageModel | None:
    """The active model, if there is one, without its content."""
    return session.scalar(select(TriageModel).where(TriageModel.active))


def find_version(session: Session, version: str) -> TriageModel:
    """Raises NotFound."""
    found = session.scalar(select(TriageModel).where(TriageModel.version == version))
    if found is None:
        raise NotFound(f"no model {version}", field="version")
    return found


def read_content(session: Session, model_id: int) -> bytes:
    """A model's bytes, some hundred kilobytes.

    Raises:
        NoResultFound: it was deleted.
    """
    return session.scalars(select(TriageModel.content).where(TriageModel.id == model_id)).one()


def list_models(session: Session) -> Sequence[TriageModel]:
    """All models, the newest first, without their content."""
    return session.scalars(select(TriageModel).order_by(TriageModel.id.desc())).all()
