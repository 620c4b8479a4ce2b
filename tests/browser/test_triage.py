"""The managers' page about triage, and the one click that confirms it, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import log_in
from tests.factories import UserFactory
from tests.models.triage_rows import answered, correct, training_result

pytestmark = pytest.mark.browser


def test_a_click_confirms_from_list_request_and_page(page: Page, database: Session) -> None:
    manager = UserFactory(manager=True)
    rows = [answered(unsure=True, confidence=0.4) for _ in range(3)]
    answered()
    database.commit()
    log_in(page, manager)
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Unsure only").check()
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator(".row")).to_have_count(3)
    page.get_by_role("button", name=f"Confirm {rows[0].reference}").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.locator(".row")).to_have_count(2)
    page.get_by_role("link", name=rows[1].reference).click()
    page.get_by_role("button", name=f"Confirm {rows[1].reference}").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("Unsure", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Triage", exact=True).click()
    page.get_by_role("button", name=f"Confirm {rows[2].reference}").click()
    expect(page.get_by_text("None is waiting.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_fits_the_window(
    open_context: Callable[..., BrowserContext], database: Session, width: int, language: str
) -> None:
    from models.services.triage_models import record_model

    manager = UserFactory(manager=True, name="n" * 200)
    for category in ("hvac", "security", "fire_safety", "electrical"):
        for words in ({"english": True}, {}):
            row = answered(category, status="completed", **words)
            row.description = "W" * 500
    correct(database, row, manager, category="plumbing")
    answered(unsure=True, description="긴" * 900)
    record_model(database, training_result("2026.11.23-" + "9" * 80))
    database.commit()
    page = open_context(viewport={"width": width, "height": 700}).new_page()
    log_in(page, manager)
    for path in ("/desk/triage", "/desk?unsure=true"):
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
