"""Requests with triage answers and corrections."""

from typing import Any

from sqlalchemy.orm import Session

from models.learning import Evaluation, TrainingResult
from models.maintenance_request import MaintenanceRequest
from models.services.workflow import Changes, update_request
from models.user import User
from tests.factories import RequestFactory, TriageResultFactory


def answered(
    said: str = "plumbing", *, confidence: float = 0.9, **fields: Any
) -> MaintenanceRequest:
    """A request that triage gave the category ``said`` and medium priority."""
    row: MaintenanceRequest = RequestFactory(category=said, priority="medium", **fields)
    TriageResultFactory(
        request_id=row.id, category=said, confidence=confidence, language=row.language
    )
    return row


def correct(session: Session, row: MaintenanceRequest, user: User, **changes: Any) -> None:
    update_request(session, row.id, Changes(**changes), user=user)


def training_result(version: str, content: bytes = b"x", *, features: str = "f") -> TrainingResult:
    """A training result without training."""
    score = {"accuracy": 0.9, "urgent_recall": 1.0, "false_alarms": 0.0, "calibration_error": 0.02}
    scores = Evaluation({"ko": score, "en": score})
    return TrainingResult(
        content=content,
        features=features,
        version=version,
        examples=3,
        before=scores,
        after=scores,
    )
