"""A change to more requests than one call may name: its progress, its end, and the way back."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Route, expect
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.services.references import new_reference
from models.user import User
from tests.browser.conftest import log_in

pytestmark = pytest.mark.browser

REQUESTS = 520


def _fill(session: Session) -> None:
    now = datetime.now(UTC)
    rows = [
        {
            "reference": new_reference(),
            "description": f"{number}층 누수",
            "created_at": now - timedelta(minutes=number),
            "submitted_on": now.date(),
        }
        for number in range(REQUESTS)
    ]
    session.execute(insert(MaintenanceRequest), rows)
    session.commit()


def _held(session: Session) -> int:
    session.expire_all()
    found = select(func.count()).where(MaintenanceRequest.status == "on_hold")
    return session.scalar(found) or 0


def test_all_that_match_beyond_what_one_call_takes(
    open_context: Callable[..., BrowserContext], database: Session, operator: User
) -> None:
    _fill(database)
    page = open_context(viewport={"width": 1440, "height": 900}).new_page()
    log_in(page, operator)
    page.goto("/desk?view=open")
    toast = page.locator("[data-toast]")
    stop = toast.get_by_role("button", name="Stop")

    def apply() -> None:
        bulk = page.locator("[data-bulk]")
        if bulk.get_attribute("open") is None:
            bulk.locator("summary").click()
        page.locator("#bulk-status").select_option("on_hold")
        page.get_by_label(f"All {REQUESTS} that match").check()
        bulk.get_by_role("button", name="Apply").click()

    # The second call waits until it is to be the last.
    calls: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "PATCH":
            calls.append(route)
        if len(calls) == 2:
            expect(toast).to_contain_text(f"100 of {REQUESTS} changed")
            stop.click()
        route.continue_()

    page.route("**/api/requests", hold)
    apply()
    expect(toast).to_contain_text(f"Changed: 200. Left as they were: {REQUESTS - 200}.")
    assert len(calls) == 2 and _held(database) == 200
    page.unroute("**/api/requests")
    apply()
    expect(toast).to_contain_text(f"Changed: {REQUESTS}.", timeout=120_000)
    assert _held(database) == REQUESTS
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_contain_text("Undone:", timeout=120_000)
    # On a slow machine the thirty seconds of the first may be over; it says so.
    numbers = re.findall(r"(?:Undone|Too late to undo): (\d+)", toast.inner_text())
    undone = int(numbers[0])
    # What was on hold already was not changed again, and stays.
    assert sum(map(int, numbers)) == REQUESTS - 200
    assert _held(database) == REQUESTS - undone
