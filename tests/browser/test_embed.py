"""The form in the frame of a building's own site, with and without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from tests.browser.conftest import BUILDING

pytestmark = pytest.mark.browser


def _embed(page: Page, site: str, base_url: str) -> None:
    """A building's page with the one line of HTML in it."""
    html = (
        f'<!doctype html><iframe src="{base_url}/embed?location=B2" width=380 height=800></iframe>'
    )
    page.route(f"{site}/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{site}/")


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_form_is_sent_from_another_sites_frame(
    open_context: Callable[..., BrowserContext], base_url: str, database: Session, has_scripts: bool
) -> None:
    frame_page = open_context(java_script_enabled=has_scripts).new_page()
    _embed(frame_page, BUILDING, base_url)
    form = frame_page.frame_locator("iframe")
    expect(form.get_by_label("Place")).to_have_value("B2")
    form.get_by_label("What is wrong?").fill("The tap drips")
    with frame_page.expect_popup() as popup:
        form.get_by_role("button", name="Send", exact=True).click()
        if has_scripts:
            form.get_by_role("link", name="Follow it").click()
    popup.value.wait_for_url("**/r/*")
    expect(popup.value.get_by_text("The tap drips")).to_be_visible()
    assert database.scalar(select(func.count(MaintenanceRequest.id))) == 1


def test_no_other_site_may_show_the_form(chromium: Browser, base_url: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    _embed(page, "http://elsewhere.example", base_url)
    expect(page.frame_locator("iframe").locator("form")).to_have_count(0)
    context.close()
