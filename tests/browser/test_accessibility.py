"""axe-core finds nothing on any page: both languages, phone and desk, light and dark."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy.orm import Session

from models.mail_templates import logins, reports
from models.mail_templates import requests as mails
from models.mail_templates.frame import RenderedMail
from tests.browser.conftest import log_in
from tests.factories import ReportFactory, RequestFactory
from tests.sample_house import addresses, furnish

pytestmark = pytest.mark.browser

PHONE = {"width": 320, "height": 640}
DESKTOP = {"width": 1440, "height": 900}


def findings(page: Page) -> Iterator[str]:
    for violation in Axe().run(page).response["violations"]:
        places = [node["target"] for node in violation["nodes"]][:3]
        yield f"{violation['id']} ({violation['impact']}): {places}"


def _look(page: Page, address: str, found: dict[str, list[str]]) -> None:
    answer = page.goto(address)
    assert answer is not None
    if "text/html" not in answer.headers.get("content-type", ""):
        return
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    said = list(findings(page)) + ([f"{wide} px too wide"] if wide > 0 else [])
    if said:
        found[f"{answer.status} {address}"] = said


@pytest.mark.parametrize(
    ("language", "viewport", "scheme"),
    [
        ("ko", PHONE, "light"),
        ("en", PHONE, "dark"),
        ("ko", DESKTOP, "dark"),
        ("en", DESKTOP, "light"),
    ],
    ids=["ko-phone-light", "en-phone-dark", "ko-desktop-dark", "en-desktop-light"],
)
def test_axe_finds_nothing_on_any_page(
    app: Flask,
    database: Session,
    open_context: Callable[..., BrowserContext],
    language: str,
    viewport: dict[str, int],
    scheme: str,
) -> None:
    house = furnish(database, language)
    context = open_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for address in ("/", "/login", "/nowhere", "/r/x?token=x"):
        _look(page, f"{address}{'&' if '?' in address else '?'}lang={language}", found)
    page.goto("/?lang=en")
    log_in(page, house.user)
    page.goto(f"/?lang={language}")
    seen = 0
    for address in addresses(app, house):
        if not address.endswith((".csv", ".pdf")) and not address.startswith(
            ("/api/", "/metrics", "/flower", "/healthz", "/readyz", "/open")
        ):
            _look(page, address, found)
            seen += 1
    for address in ("/desk?view=all", "/desk?status=x", "/desk?q=a"):
        _look(page, address, found)
    assert seen >= 20
    assert not found, "\n".join(f"{address}: {said}" for address, said in found.items())


def _mails(language: str) -> Iterator[RenderedMail]:
    row = RequestFactory(language=language, categorized=True)
    fields = (getattr(row, name) for name in mails.MailContext._fields)
    request = mails.MailContext(*fields)
    link = "https://haja.example/r/x?token=x"
    replies = [mails.Reply(1, "When?", is_question=True)]
    yield mails.write_receipt(request, link)
    yield mails.write_receipt(request, link, known=True)
    yield mails.write_update(request, link, known=True)
    yield mails.write_update(request, link, replies, known=True)
    yield mails.write_notice(request, link)
    yield mails.write_answer(request, link, "At six")
    yield logins.write_login_warning(language, "kim", 30, "203.0.113.0/24")
    yield logins.write_password_changed(language, "kim")
    yield logins.write_invitation(language, "kim@example.org", link)
    yield logins.write_password_link(language, "kim@example.org", link)
    numbers = {"received": 3, "completed": 1, "open": 2, "urgent": 1, "days": []}
    yield reports.write_report(ReportFactory.build(numbers=numbers), language, link)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_in_mails(
    database: Session,
    open_context: Callable[..., BrowserContext],
    language: str,
    viewport: dict[str, int],
) -> None:
    page = open_context(viewport=viewport).new_page()
    for mail in _mails(language):
        page.set_content(mail.html)
        assert not list(findings(page)), mail.subject
