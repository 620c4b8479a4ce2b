"""All that has happened to a request, on its page on the desk."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.correction import Correction
from models.mail import MailState
from models.maintenance_request import MaintenanceRequest
from models.timeline_entry import TimelineEntry
from tests.factories import (
    MailFactory,
    PhotoFactory,
    RequestFactory,
    RunFactory,
    StepFactory,
    TriageResultFactory,
    UserFactory,
)
from tests.web.pages.document import read

NOON = datetime(2026, 3, 1, 3, tzinfo=UTC)  # in Seoul


def _entry(
    session: Session, row: MaintenanceRequest, event: str, hours: float = 0, **data: object
) -> None:
    at = NOON + timedelta(hours=hours)
    session.add(TimelineEntry(request_id=row.id, event=event, created_at=at, data=data))
    session.flush()


def _in_order(text: str, *parts: str) -> None:
    at = [text.find(part) for part in parts]
    assert -1 not in at and at == sorted(at), "\n".join(
        f"{a} {p}" for a, p in zip(at, parts, strict=True)
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "Sun 1 Mar", "물이 새요", "Open photo 1", "Sorted as", "80% sure", "because it drips",
                "The receipt could not be mailed.", "To kim@example.org · Receipt",
                "Confirmed the category “Plumbing”.", "by Kim", "Mon 2 Mar", "Open photo 2",
                "News of the change has not left yet.", "Next try:", "2 Mar 2026, 13:30",
                "Reason: server away", "Left a note.", "staff only", "secret",
            ),
        ),
        (
            "ko",
            (
                "3월 1일 (일)", "물이 새요", "긴급도 ‘보통’으로 분류", "확신도 80%",
                "접수 확인 메일을 보내지 못했습니다.", "분류 ‘배관·누수’를 확인했습니다.", "3월 2일 (월)",
                "변경 안내 메일이 아직 나가지 않았습니다.", "까닭: server away", "직원만 봄",
            ),
        ),
    ],
)  # fmt: skip
def test_one_timeline_has_everything_in_order(
    desk: FlaskClient, session: Session, language: str, said: tuple[str, ...]
) -> None:
    row = RequestFactory(categorized=True, description="물이 새요")
    for number in (1, 2):
        PhotoFactory(request_id=row.id, ready=True, created_at=NOON + timedelta(hours=number))
    _entry(session, row, "request_submitted")
    _entry(session, row, "request_categorized", 1, category="plumbing", priority="medium")
    TriageResultFactory(request_id=row.id, confidence=0.8, reason="because it drips")
    _entry(session, row, "receipt_refused", 2, reason="no such mailbox")
    MailFactory(
        request_id=row.id, kind="receipt", state=MailState.REFUSED, recipient="kim@example.org",
        subject="Receipt", created_at=NOON,
    )  # fmt: skip
    same = {"field": "category", "was": "plumbing", "became": "plumbing"}
    at = NOON + timedelta(hours=3)
    session.add(
        Correction(request_id=row.id, user_id=UserFactory(name="Kim").id, created_at=at, **same)
    )
    _entry(session, row, "photo_added", 24)
    run = RunFactory()
    StepFactory(
        run_id=run.id, position=1, state="retry", due_at=NOON + timedelta(hours=25.5),
        last_error="server away",
    )  # fmt: skip
    MailFactory(
        request_id=row.id, kind="update", state=MailState.QUEUED, run_id=run.id, position=1,
        created_at=NOON + timedelta(hours=25),
    )  # fmt: skip
    _entry(session, row, "note_added", 26, note="secret")
    session.commit()
    page = read(desk.get(f"/desk/requests/{row.id}?lang={language}"))
    section = page.one("section", aria_labelledby="timeline-heading")
    # The words of a page and the alternatives of its pictures, in their order.
    _in_order(_with_pictures(desk.get(f"/desk/requests/{row.id}?lang={language}").text), *said)
    assert "secret" in section.text and not page.all("details", data_keep="timeline")


def _with_pictures(html: str) -> str:
    return html[html.index('id="timeline-heading"') :]


def test_of_a_long_history_the_middle_is_folded(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    for number in range(60):
        _entry(session, row, "note_added", number / 10, note=f"note-{number:02}.")
    session.commit()
    page = read(desk.get(f"/desk/requests/{row.id}"))
    folded = page.one("details", data_keep="timeline")
    assert "Show 44 more" in folded.text
    shown = [number for number in range(60) if f"note-{number:02}." not in folded.text]
    assert shown == [*range(4), *range(48, 60)]
    _in_order(page.text, *(f"note-{number:02}." for number in range(60)))
