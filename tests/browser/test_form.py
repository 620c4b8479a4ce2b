"""The form on a phone: a draft, no line, a lost answer, and danger while typing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, Route, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from tests.browser.test_accessibility import findings
from tests.waiting import wait_for
from tests.web.pictures import picture

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
OpenContext = Callable[..., BrowserContext]


def _photo(name: str) -> FilePayload:
    return FilePayload(name=name, mimeType="image/jpeg", buffer=picture())


def _count(database: Session) -> int:
    database.rollback()
    return database.scalar(select(func.count(MaintenanceRequest.id))) or 0


def _open(open_context: OpenContext, path: str = "/", **options: object) -> Page:
    page = open_context(viewport=PHONE, has_touch=True, **options).new_page()
    page.goto(path)
    return page


def _wait_until_kept(page: Page) -> None:
    """The service worker has the page and its files, and answers for this one."""
    is_kept = "async () => navigator.serviceWorker.controller && Boolean(await caches.match('/'))"
    wait_for(lambda: page.evaluate(is_kept), "the page is kept", seconds=60)


def _kept(page: Page) -> Locator:
    return page.locator("[data-kept] li")


def test_a_report_is_written_without_a_line_and_sent_when_it_is_back(
    open_context: OpenContext, database: Session
) -> None:
    page = _open(open_context)
    _wait_until_kept(page)
    page.context.set_offline(True)
    page.goto("/?location=Lobby")
    expect(page.get_by_label("Place")).to_have_value("Lobby")
    page.get_by_label("What is wrong?").fill("The tap drips")
    page.locator("#photos").set_input_files([_photo("a.jpg")])
    page.get_by_role("button", name="Send", exact=True).click()
    expect(_kept(page)).to_contain_text("Not received yet")
    expect(page.get_by_label("What is wrong?")).to_have_value("")
    page.reload()
    expect(_kept(page)).to_contain_text("The tap drips")
    page.context.set_offline(False)
    expect(_kept(page)).to_contain_text("Received")
    assert _count(database) == 1
    row = database.scalars(select(MaintenanceRequest)).one()
    assert (row.description, row.location) == ("The tap drips", "Lobby")
    assert database.scalar(select(func.count(Photo.id))) == 1
    expect(_kept(page)).to_contain_text(row.reference)
    _kept(page).get_by_role("link", name="Follow it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(row.reference)


def test_sending_photos_shows_how_far_it_is(open_context: OpenContext, database: Session) -> None:
    page = _open(open_context, service_workers="block")
    tools = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60_000}
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", slow)
    page.get_by_label("What is wrong?").fill("The tap drips")
    large = _photo("a.jpg")
    large["buffer"] += bytes(300_000)
    page.locator("#photos").set_input_files([large])
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("button", name="Sending…")).to_be_disabled()
    expect(page.get_by_role("progressbar", name="Sent so far")).to_be_visible()
    page.wait_for_url("**/r/*")
    assert _count(database) == 1


def test_a_draft_outlives_its_page_and_goes_when_it_is_received(
    open_context: OpenContext, database: Session
) -> None:
    page = _open(open_context)
    page.get_by_label("What is wrong?").fill("The tap drips")
    page.locator("#photos").set_input_files([_photo("a.jpg")])
    expect(page.get_by_text("Saved on this device only.")).to_be_visible()
    page.close()
    page = page.context.new_page()
    page.goto("/?lang=ko&location=101동")
    expect(page.get_by_label("어떤 문제인가요?")).to_have_value("The tap drips")
    expect(page.get_by_label("위치")).to_have_value("101동")
    expect(page.locator(".previews img")).to_have_count(1)
    page.get_by_role("button", name="접수하기").click()
    page.wait_for_url("**/r/*")
    expect(page.get_by_role("status").filter(has_text="접수되었습니다")).to_be_visible()
    page.goto("/")
    expect(_kept(page)).to_contain_text("접수되었습니다")
    expect(page.get_by_label("어떤 문제인가요?")).to_have_value("")
    expect(page.locator(".previews img")).to_have_count(0)
    assert _count(database) == 1


def test_an_answer_that_is_lost_makes_no_second_request(
    open_context: OpenContext, database: Session
) -> None:
    def lose(route: Route) -> None:
        assert route.fetch().status == 201
        route.abort()

    page = _open(open_context, service_workers="block")
    page.route(re.compile("/api/requests"), lose)
    page.get_by_label("What is wrong?").fill("The tap drips")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(_kept(page)).to_contain_text("Not received yet")
    assert _count(database) == 1
    page.unroute(re.compile("/api/requests"))
    page.get_by_role("button", name="Send now").click()
    expect(_kept(page)).to_contain_text("Received")
    assert _count(database) == 1


def test_where_nothing_can_be_stored_the_page_keeps_it(
    open_context: OpenContext, database: Session
) -> None:
    page = open_context(viewport=PHONE, service_workers="block").new_page()
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page.goto("/")
    area = page.get_by_label("What is wrong?")
    area.fill("The tap drips")
    expect(page.get_by_text("This browser stores nothing.")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="No connection")).to_be_focused()
    expect(area).to_have_value("The tap drips")
    page.context.set_offline(False)
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/r/*")
    assert _count(database) == 1


def test_two_pages_and_the_service_worker_make_one_request(
    open_context: OpenContext, database: Session
) -> None:
    page = _open(open_context)
    _wait_until_kept(page)
    page.context.set_offline(True)
    other = page.context.new_page()
    other.goto("/")
    page.get_by_label("What is wrong?").fill("The tap drips")
    page.get_by_role("button", name="Send", exact=True).click()
    for one in (page, other):
        expect(_kept(one)).to_contain_text("Not received yet")
    page.context.set_offline(False)
    for one in (page, other):
        expect(_kept(one)).to_contain_text("Received")
    assert _count(database) == 1


def test_what_the_service_refuses_is_said_at_its_field_and_keeps_the_photos(
    open_context: OpenContext, database: Session
) -> None:
    page = _open(open_context)
    page.get_by_label("What is wrong?").fill("The tap drips")
    page.get_by_label("How to reach you").fill("kim@@example")
    page.locator("#photos").set_input_files([_photo("a.jpg")])
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="Not received yet")).to_be_focused()
    field = page.get_by_label("How to reach you")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#contact_info-error")).to_be_visible()
    expect(page.locator(".previews img")).to_have_count(1)
    field.fill("kim@example.org")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/r/*")
    assert _count(database) == 1


@pytest.mark.parametrize(
    ("language", "words", "advice"),
    [
        ("ko", "가스 냄새가 나요", "밖으로 나가서 119 전화"),
        ("en", "I smell gas in the kitchen", "Call 119 from outside"),
    ],
)
def test_danger_is_answered_while_it_is_typed(
    open_context: OpenContext, database: Session, language: str, words: str, advice: str
) -> None:
    page = _open(open_context, f"/?lang={language}")
    asked: list[str] = []
    page.on("request", lambda call: asked.append(call.url) if "/danger" in call.url else None)
    area = page.locator("#description")
    area.press_sequentially(words, delay=20)
    link = page.get_by_role("alert").get_by_role("link", name=advice)
    expect(link).to_have_attribute("href", "tel:119")
    assert len(asked) < len(words) / 2
    area.fill("")
    expect(link).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("119"))).to_have_count(1)
    assert _count(database) == 0


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("ko", 320, "dark"), ("en", 1440, "light")]
)
def test_axe_finds_nothing_in_what_the_form_says_later(
    open_context: OpenContext, database: Session, language: str, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 800}
    page = open_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    found: dict[str, list[str]] = {}

    def look(what: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, what
        found[what] = list(findings(page))

    def send() -> None:
        page.locator("form.card button[type=submit]").click()

    page.goto(f"/?lang={language}")
    _wait_until_kept(page)
    page.locator("#description").fill("There is a fire, 불이 났어요")
    page.locator("#photos").set_input_files([_photo("a.jpg")])
    expect(page.locator("[data-danger] a")).to_be_visible()
    look("danger")
    page.locator("#contact_info").fill("kim@@example")
    send()
    expect(page.locator("#contact_info-error")).to_be_visible()
    look("refused")
    page.locator("#contact_info").fill("")
    page.context.set_offline(True)
    send()
    expect(_kept(page).locator("[data-edit]")).to_be_visible()
    look("waiting")
    page.context.set_offline(False)
    expect(_kept(page).locator("[data-forget]")).to_be_visible()
    look("received")
    _kept(page).get_by_role("link").click()
    page.locator("details[data-install] summary").click()
    look("status")
    page.goto(f"/embed?lang={language}")
    look("embed")
    assert not {what: said for what, said in found.items() if said}
