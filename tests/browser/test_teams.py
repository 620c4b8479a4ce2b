"""A manager keeps a team and a rule on a phone, with and without scripts, and gives it work."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import log_in
from tests.factories import RequestFactory, UserFactory

pytestmark = pytest.mark.browser


def test_a_team_is_made_ruled_and_given_work(page: Page, database: Session) -> None:
    manager = UserFactory(name="박소장", manager=True)
    UserFactory(name="이기사")
    row = RequestFactory(category="electrical", priority="high", location="101동 로비")
    database.commit()
    log_in(page, manager)
    page.goto("/desk/teams?lang=en")
    page.get_by_label("Name in English").fill("Electricians")
    page.get_by_label("이기사").check()
    page.get_by_role("button", name="Make the team").click()
    expect(page.get_by_text("members: 1")).to_be_visible()
    page.get_by_role("link", name="Assignment rules").click()
    page.get_by_label("Category").select_option("electrical")
    page.get_by_label("Words in the place").fill("101동")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_text("1 of the last 1 requests")).to_be_visible()
    page.get_by_text("Show each request").click()
    page.get_by_role("link", name=row.reference).click()
    page.locator("#assignee").fill("electricians")
    page.locator("#edit").get_by_role("button").click()
    expect(page.locator("#assignee")).to_have_value("Electricians")
    database.refresh(row)
    assert row.assignee_team_id is not None
    for address in ("/desk/teams", "/desk/teams/rules"):
        page.goto(address)
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
