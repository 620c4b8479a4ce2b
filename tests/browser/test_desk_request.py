"""The page of one request on the desk, in a real browser."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.services.canned_replies import add_reply
from models.timeline_entry import TimelineEntry
from models.user import User
from tests.browser.conftest import log_in
from tests.factories import PhotoFactory, RequestFactory, TriageResultFactory

pytestmark = pytest.mark.browser


def _busy_request(database: Session, notes: int) -> MaintenanceRequest:
    """With everything that its page can show."""
    row = RequestFactory(categorized=True, location="본관 302호", language="ko")
    RequestFactory(location="본관302호")
    RequestFactory(location="본관 302호", completed=True)
    for _ in range(3):
        PhotoFactory(request_id=row.id)
    found = {"category": "plumbing", "priority": "medium"}
    entries: list[tuple[str, dict[str, str]]] = [
        ("request_submitted", {}),
        ("request_categorized", found),
        ("receipt_refused", {"reason": "no such mailbox"}),
        ("question_asked", {"text": "몇 호인가요?"}),
        ("requester_replied", {"text": "302호입니다"}),
        *[("note_added", {"note": f"a note of some length, number {n}"}) for n in range(notes)],
    ]
    for event, data in entries:
        database.add(TimelineEntry(request_id=row.id, event=event, data=data, actor="Kim"))
        database.flush()
    TriageResultFactory(request_id=row.id)
    add_reply(database, language="ko", title="방문", words="{name}님, 내일 갑니다.", actor="Kim")
    database.commit()
    return row


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reply_is_prepared_seen_and_sent(
    open_context: Callable[..., BrowserContext], database: Session, operator: User, scripts: bool
) -> None:
    row = _busy_request(database, 1)
    page = open_context(java_script_enabled=scripts).new_page()
    log_in(page, operator)
    page.goto(f"/desk/requests/{row.id}")
    page.get_by_label("Prepared reply").select_option("방문")
    page.get_by_role("button", name="Insert").click()
    expect(page.locator("#reply")).to_have_value("김하자님, 내일 갑니다.")
    page.locator("#note").fill("not lost")
    preview = page.get_by_role("dialog", name="Preview before") if scripts else page.locator("main")
    for button in ("Edit again", "Send to the requester"):
        page.get_by_role("button", name="Preview the mail").click()
        expect(preview.locator(".mail-text")).to_contain_text("김하자님, 내일 갑니다.")
        if scripts:
            assert not Axe().run(page).response["violations"]
        preview.get_by_role("button", name=button).click()
        expect(page.locator("#reply")).to_be_visible()
    expect(page.get_by_text("Wrote to the requester.")).to_be_visible()
    if scripts:
        expect(page.locator("#note")).to_have_value("not lost")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_its_pages_fit_and_have_no_barriers(
    open_context: Callable[..., BrowserContext],
    database: Session,
    operator: User,
    width: int,
    language: str,
) -> None:
    row = _busy_request(database, 60)
    page = open_context(viewport={"width": width, "height": 900}).new_page()
    log_in(page, operator)
    for path in (f"/desk/requests/{row.id}", "/desk/replies"):
        page.goto(f"{path}?lang={language}")
        for folded in page.locator("details > summary").all():
            folded.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not Axe().run(page).response["violations"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_it_is_printed_on_one_sheet_without_forms(
    page: Page, database: Session, operator: User, language: str
) -> None:
    row = _busy_request(database, 60)
    log_in(page, operator)
    page.goto(f"/desk/requests/{row.id}?lang={language}")
    page.emulate_media(media="print")
    expect(page.get_by_role("button").locator("visible=true")).to_have_count(0)
    expect(page.get_by_role("link", name=row.contact_info)).to_be_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
