"""Which requests become labels, and the labels' values."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from models.queries.labels import list_answered, list_labels
from tests.factories import RequestFactory, UserFactory
from tests.models.triage_rows import answered, correct


def test_only_corrected_requests_are_labels(session: Session) -> None:
    user = UserFactory()
    answered()
    answered(status="completed")
    corrected = answered(description="정수기 물이 안 나와요", requester_name="김하자")
    correct(session, corrected, user, category="appliance")
    (label,) = list_labels(session)
    assert label.text.description == "정수기 물이 안 나와요"
    assert (label.category, label.priority, label.names) == ("appliance", "medium", ("김하자",))


def test_a_note_or_a_status_makes_no_label(session: Session) -> None:
    row, user = answered(), UserFactory()
    correct(session, row, user, status="in_progress", note="내일 방문")
    # Triage was sure: the page's form always sends the present values, so they confirm nothing.
    correct(session, row, user, category="plumbing", priority="medium", note="부품 주문")
    assert list_labels(session) == []


def test_a_confirmed_guess_is_a_label(session: Session) -> None:
    row = answered(unsure=True, confidence=0.4)
    correct(session, row, UserFactory(), category="plumbing", priority="medium")
    session.refresh(row)
    (label,) = list_labels(session)
    assert (label.category, label.priority, row.unsure) == ("plumbing", "medium", False)


def test_the_newest_correction_of_each_field_counts(session: Session) -> None:
    row, user = answered(), UserFactory()
    for changes in (
        {"category": "hvac"},
        {"priority": "urgent"},
        {"category": "cleaning"},
        {"priority": "low"},
    ):
        correct(session, row, user, **changes)
    (label,) = list_labels(session)
    assert (label.category, label.priority) == ("cleaning", "low")


def test_pending_is_no_label(session: Session) -> None:
    row = RequestFactory()
    correct(session, row, UserFactory(), category="hvac")
    assert list_labels(session) == []


def test_the_newest_requests_come_first_and_not_all(session: Session) -> None:
    user = UserFactory()
    rows = [answered() for _ in range(3)]
    for row in rows:
        correct(session, row, user, category="hvac")
    found = list_labels(session, most=2)
    assert [label.text.description for label in found] == [
        rows[2].description,
        rows[1].description,
    ]


def test_answers_are_compared_with_the_final_values(session: Session) -> None:
    user = UserFactory()
    answered()
    wrong = answered(said="plumbing", confidence=0.3)
    correct(session, wrong, user, category="appliance")
    answered(said="hvac", status="completed")
    answered(status="completed", created_at=datetime.now(UTC) - timedelta(days=9))
    found = list(list_answered(session, since=datetime.now(UTC) - timedelta(days=7)))
    said = [(a.triage.category, a.triage.confidence, a.label.category) for a in found]
    assert said == [("plumbing", 0.3, "appliance"), ("hvac", 0.9, "hvac")]
