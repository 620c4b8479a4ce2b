"""The desk of a house with 20,000 requests: what it weighs, and that it stays quick to use."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.services.references import new_reference
from models.user import User
from models.words import Category, Priority, Status
from tests.browser.conftest import log_in
from tests.browser.weight import weigh

pytestmark = pytest.mark.browser

REQUESTS = 20_000
CATEGORIES, PRIORITIES, STATUSES = (tuple(words) for words in (Category, Priority, Status))
MOST = 90_000  # bytes on the wire, with all that the page loads


def _fill(session: Session) -> None:
    """Requests a minute apart."""
    now = datetime.now(UTC)
    session.execute(
        insert(MaintenanceRequest),
        [
            {
                "reference": new_reference(),
                "description": f"{n}층 화장실에서 물이 새요",
                "location": f"본관 {n}층",
                "category": CATEGORIES[n % len(CATEGORIES)],
                "priority": PRIORITIES[n % len(PRIORITIES)],
                "status": STATUSES[n % len(STATUSES)],
                "created_at": now - timedelta(minutes=n),
                "submitted_on": (now - timedelta(minutes=n)).date(),
            }
            for n in range(REQUESTS)
        ],
    )
    session.commit()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_desk_of_twenty_thousand_requests(
    database: Session,
    operator: User,
    open_context: Callable[..., BrowserContext],
    language: str,
) -> None:
    _fill(database)
    page = open_context(viewport={"width": 1440, "height": 900}).new_page()
    log_in(page, operator)
    page.goto(f"/?lang={language}")
    weight = weigh(page, "/desk?view=all")
    assert weight <= MOST, weight
    expect(page.locator("main")).to_contain_text(f"{REQUESTS:,}")
    first = page.locator(".row").first.inner_text()
    page.locator("a[rel=next]").click()
    page.wait_for_url("**cursor=**")
    assert page.locator(".row").first.inner_text() != first
