"""An operator at the desk."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect
from sqlalchemy.orm import Session

from models import wiring
from models.danger.rules import Danger
from models.services.workflow import Changes, update_request
from models.user import User
from models.words import Status
from tests.browser.conftest import log_in
from tests.factories import RequestFactory

pytestmark = pytest.mark.browser


def test_a_request_is_found_worked_on_and_logged_out(
    page: Page, database: Session, operator: User
) -> None:
    RequestFactory(english=True)
    wanted = RequestFactory(description="엘리베이터가 멈췄어요", categorized=True)
    database.commit()
    log_in(page, operator)
    page.get_by_role("link", name="All").click()
    page.get_by_label("Words").fill("엘리베이터")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".row")).to_have_count(1)
    page.locator(".row .row-more summary").click()
    page.locator(f"#status-{wanted.id}").select_option("in_progress")
    page.get_by_role("button", name=f"Change: {wanted.reference}").click()
    expect(page.locator(".row .badge.status-in_progress")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Saved\.|Changed: 1\."))).to_be_visible()
    page.goto(f"/desk/requests/{wanted.id}")
    page.locator("#note").fill("부품 주문")
    page.get_by_label("Status").select_option("completed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Status: In progress → Completed")).to_be_visible()
    expect(page.get_by_text("부품 주문")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.goto("/desk")
    expect(page.get_by_role("heading", name="Staff login")).to_be_visible()


def test_a_lost_edit_keeps_the_note(page: Page, database: Session, operator: User) -> None:
    request = RequestFactory()
    database.commit()
    log_in(page, operator)
    page.goto(f"/desk/requests/{request.id}")
    page.locator("#note").fill("long and dear")
    page.get_by_label("Priority").select_option("urgent")
    update_request(database, request.id, Changes(priority="high"), user=operator)
    database.commit()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this")
    expect(page.locator(".side-by-side .differs")).to_have_text(["Urgent", re.compile("High")])
    expect(page.get_by_label("Priority")).to_have_value("urgent")
    expect(page.locator("#note")).to_have_value("long and dear")


def test_new_requests_wait_behind_a_button_and_rows_change(
    open_context: Callable[..., BrowserContext], database: Session, operator: User
) -> None:
    known = RequestFactory(priority="urgent", created_at=datetime.now(UTC) - timedelta(minutes=1))
    database.commit()
    page = open_context().new_page()
    log_in(page, operator)
    expect(page.get_by_text("Updates live")).to_be_visible()
    new = RequestFactory(description="새 요청입니다", priority="urgent")
    known.status = Status.ON_HOLD
    database.commit()
    wiring.live_channel().publish("new_request", new.id)
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text("On hold")
    page.get_by_role("button", name="Show 1 new").click()
    expect(page.locator(".row").first).to_contain_text("새 요청입니다")
    expect(page.get_by_text("2 requests")).to_be_visible()
    expect(page.locator("[data-live=views] a").first).to_have_text(re.compile("2$"))
    expect(page.locator("[data-announce]")).to_have_text("1 new")


def test_the_dashboard_counts_along(
    open_context: Callable[..., BrowserContext], database: Session, operator: User
) -> None:
    page = open_context().new_page()
    log_in(page, operator)
    page.goto("/desk/dashboard")
    expect(page.get_by_text("Updates live")).to_be_visible()
    RequestFactory(category="elevator")
    database.commit()
    wiring.live_channel().publish("stats")
    elevator = page.get_by_role("row", name="Elevator")
    expect(elevator).to_contain_text("1")


def test_the_desk_goes_on_without_a_socket(
    open_context: Callable[..., BrowserContext], database: Session, operator: User
) -> None:
    context = open_context()
    context.route_web_socket("**/ws", lambda socket: socket.close())
    page = context.new_page()
    page.clock.install()
    log_in(page, operator)
    expect(page.get_by_text("Updates every 30 seconds")).to_be_visible()
    RequestFactory(description="조용히 온 요청")
    database.commit()
    page.clock.fast_forward("00:31")
    expect(page.locator(".row").first).to_contain_text("조용히 온 요청")


def test_a_page_that_comes_back_names_what_it_heard_last(
    open_context: Callable[..., BrowserContext], database: Session, operator: User
) -> None:
    """And looks for itself where nobody can say any more what it missed."""
    asked: list[str] = []

    def answer(socket: WebSocketRoute) -> None:
        asked.append(socket.url.partition("/ws")[2])
        if len(asked) == 1:
            socket.send(json.dumps({"type": "stats", "id": "7-1", "data": {}}))
            socket.close()
        else:
            RequestFactory(description="그사이 온 요청")
            database.commit()
            socket.send(json.dumps({"type": "reload", "id": "9-0"}))

    context = open_context()
    page = context.new_page()
    log_in(page, operator)
    context.route_web_socket("**/ws*", answer)
    page.reload()
    expect(page.locator(".row").first).to_contain_text("온 요청")
    assert asked == ["", "?last=7-1"]


def test_the_api_is_documented_without_the_network(
    open_context: Callable[..., BrowserContext],
) -> None:
    context = open_context()
    foreign: list[str] = []
    context.on("request", lambda call: foreign.append(call.url))
    page = context.new_page()
    page.goto("/docs")
    expect(page.get_by_text("Report a fault").first).to_be_visible()
    assert all(url.startswith(("http://127.0.0.1:", "data:", "blob:")) for url in foreign)


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_of_the_desk_is_wider_than_the_window(
    open_context: Callable[..., BrowserContext], database: Session, operator: User, width: int
) -> None:
    for kind in Danger:
        RequestFactory(description="W" * 500, danger=kind, unsure=True, priority="urgent")
    request = RequestFactory(description="W" * 500, location="긴" * 200, assignee="n" * 200)
    database.commit()
    page = open_context(viewport={"width": width, "height": 700}).new_page()
    log_in(page, operator)
    for path in ("/desk", f"/desk/requests/{request.id}", "/desk/dashboard", "/docs/problems"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    ("width", "height", "least", "line"),
    [(1440, 900, 14, 44), (390, 844, 6, 64), (320, 640, 4, 64)],
)
def test_the_first_screen_of_the_desk_holds_the_work(
    open_context: Callable[..., BrowserContext],
    database: Session,
    operator: User,
    language: str,
    width: int,
    height: int,
    least: int,
    line: int,
) -> None:
    for number in range(20):
        RequestFactory(
            description="The lift stops between floors\n" * 9,
            location="Tower B, floor 12",
            danger=("", "gas")[number % 2],
            unsure=number % 3 == 0,
            priority=("urgent", "pending")[number % 2],
            assignee=("", "operator-kim@example.org")[number % 2],
        )
    database.commit()
    page = open_context(viewport={"width": width, "height": height}).new_page()
    log_in(page, operator)
    page.goto(f"/desk?lang={language}")
    expect(page.locator("h1")).to_contain_text("지금" if language == "ko" else "Needs a person now")
    bottoms = page.locator(".row").evaluate_all("rows => rows.map(r => r.getBoundingClientRect())")
    assert sum(row["bottom"] <= height for row in bottoms) >= least
    assert {row["height"] for row in bottoms[1:]} <= {line, line + 1}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 700:
        pressed = page.locator(".menu a, .views a, .find .button:visible, .row summary")
        sizes = pressed.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
        assert min(sizes) >= 44
        assert len(set(page.locator(".menu li").evaluate_all("a => a.map(i => i.offsetTop)"))) == 1
    expect(page.locator("#location")).to_be_hidden()
    page.locator(".more-filters summary").click()
    expect(page.locator("#location")).to_be_visible()
