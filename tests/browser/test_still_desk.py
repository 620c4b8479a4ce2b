"""How soon the desk stands, and that it stands still while it comes to life."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from models import wiring
from models.user import User
from tests.browser.conftest import log_in
from tests.browser.paint import MOST_SECONDS, MOST_SHIFT, seen, watch
from tests.factories import RequestFactory, UserFactory

pytestmark = pytest.mark.browser

OpenContext = Callable[..., BrowserContext]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WIDE = {"viewport": {"width": 1440, "height": 900}}


def _is_still(page: Page, keep: Callable[[str, object], None], name: str) -> None:
    paint = seen(page)
    keep(name, json.dumps(paint))
    assert paint["shift"] <= MOST_SHIFT, name
    assert 0 < paint["paint"] <= MOST_SECONDS * 1000, name


@pytest.mark.parametrize(
    ("device", "language"), [(PHONE, "ko"), (WIDE, "en")], ids=["phone", "wide"]
)
def test_the_desk_stands_still(
    open_context: OpenContext,
    database: Session,
    operator: User,
    device: dict[str, object],
    language: str,
    record_property: Callable[[str, object], None],
) -> None:
    """While its socket opens, a request arrives, another changes, and somebody looks on."""
    rows = [
        RequestFactory(
            description="The lift stops between floors\n" * 3,
            danger=("", "gas")[number % 2],
            unsure=number % 3 == 0,
            priority=("urgent", "pending")[number % 2],
            assignee=("", "operator-kim@example.org")[number % 2],
        )
        for number in range(60)
    ]
    colleague = UserFactory(name="김민수")
    database.commit()
    other = open_context(**WIDE).new_page()
    log_in(other, colleague)
    page = open_context(**device).new_page()
    log_in(page, operator)
    watch(page)
    page.goto(f"/desk?view=open&lang={language}", wait_until="networkidle")
    expect(page.locator("[data-live-note].on")).to_be_attached()
    new = RequestFactory(priority="urgent", danger="fire")
    rows[20].status = "in_progress"
    database.commit()
    other.goto(f"/desk/requests/{rows[55].id}")
    expect(page.locator(".row.looked")).to_have_count(1)
    wiring.live_channel().publish("new_request", new.id)
    expect(page.locator("[data-arrivals]")).to_be_visible()
    expect(page.locator(".row .badge.status-in_progress")).to_have_count(1)
    _is_still(page, record_property, "desk")
    page.goto(f"/desk/requests/{rows[55].id}", wait_until="networkidle")
    expect(page.locator("[data-presence]")).not_to_have_text("")
    _is_still(page, record_property, "request")
