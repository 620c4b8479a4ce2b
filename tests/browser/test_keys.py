"""The list worked on with the keyboard alone."""

import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import wiring
from models.maintenance_request import MaintenanceRequest
from models.services.workflow import Changes, update_request
from models.timeline_entry import TimelineEntry
from models.user import User
from models.words import Category
from tests.browser.conftest import log_in
from tests.factories import RequestFactory
from tests.waiting import wait_for

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}


class Keyboard:
    """Counts what is pressed: a key with Shift is two."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += key.count("+") + 1


@pytest.fixture
def at_desk(
    open_context: Callable[..., BrowserContext], database: Session, operator: User
) -> Callable[..., Page]:
    """``at_desk("/desk?view=open")``: an operator there."""

    def go(address: str = "/desk?view=open", **options: object) -> Page:
        page = open_context(**{"viewport": WIDE, **options}).new_page()
        log_in(page, operator)
        page.goto(address)
        expect(page.get_by_role("button", name="Keys")).to_be_attached()
        return page

    return go


def _row(page: Page, request: MaintenanceRequest) -> str:
    return f'.row[data-id="{request.id}"]'


def test_twenty_new_requests_with_at_most_ninety_keys(
    at_desk: Callable[..., Page],
    database: Session,
    operator: User,
    record_property: Callable[[str, object], None],
) -> None:
    """Each to a category of its own choice, all to the operator and in progress; no mouse."""
    wanted = [list(Category)[1 + number % 11] for number in range(20)]
    rows = [RequestFactory() for _ in wanted][::-1]  # the newest comes first
    database.commit()
    page = at_desk()
    keyboard = Keyboard(page)
    choice = dict(zip(list(Category)[1:], [*"1234567890", "a"], strict=True))
    for row, category in zip(rows, wanted, strict=True):
        keyboard.press("j", "c", choice[category])
        expect(page.locator(_row(page, row))).to_have_class("row current")
    for _ in range(19):
        page.keyboard.down("Shift")
        page.keyboard.press("k")
        page.keyboard.up("Shift")
    keyboard.pressed += 20  # Shift stays down
    keyboard.press("m", "s", "2")
    expect(page.locator("[data-toast]")).to_contain_text("Changed: 20.")
    record_property("keys", keyboard.pressed)
    sys.stdout.write(f"{keyboard.pressed} keys for 20 requests\n")
    assert keyboard.pressed <= 90

    def left() -> list[tuple[int, str, str, str, Category]]:
        database.expire_all()
        return [
            (number, row.status, row.assignee, row.category, category)
            for number, (row, category) in enumerate(zip(rows, wanted, strict=True))
            if (row.status, row.assignee, row.category) != ("in_progress", operator.name, category)
        ]

    wait_for(lambda: not left(), lambda: f"assigned, categorized and in progress; not so: {left()}")


def test_the_next_question_may_come_before_the_dialog_says_that_it_is_closed(
    at_desk: Callable[..., Page], database: Session
) -> None:
    rows = [RequestFactory(), RequestFactory()][::-1]
    database.commit()
    page = at_desk()
    page.evaluate(
        """keys => {
            for (const code of keys) {
                const init = { code, key: code.at(-1).toLowerCase(), bubbles: true, cancelable: true };
                document.activeElement.dispatchEvent(new KeyboardEvent("keydown", init));
            }
        }""",
        ["KeyJ", "KeyC", "Digit1", "KeyJ", "KeyC", "Digit2"],
    )

    def are_changed() -> bool:
        database.expire_all()
        return [row.category for row in rows] == list(Category)[1:3]

    wait_for(are_changed, "both have the category that was chosen")


def test_a_list_that_was_read_before_a_change_does_not_hide_it_from_the_next_one(
    at_desk: Callable[..., Page], database: Session, operator: User
) -> None:
    """It comes after the answer to the change, with the version from before."""
    request = RequestFactory()
    database.commit()
    page = at_desk()
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/desk?**", hold)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def is_read() -> bool:
        page.wait_for_timeout(100)  # the handler above runs meanwhile
        return bool(held)

    wait_for(is_read, "the list is read")
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.locator("[data-toast]")).to_contain_text("Changed: 1.")
    route, old = held[0]
    with page.expect_response(lambda answer: "/desk?" in answer.url):
        route.fulfill(response=old)
    page.wait_for_timeout(500)  # the page takes it
    page.keyboard.press("s")
    page.keyboard.press("2")
    expect(page.locator(".badge.status-in_progress")).to_be_visible()
    database.refresh(request)
    assert (request.assignee, request.status) == (operator.name, "in_progress")


def test_keys_do_nothing_while_somebody_writes_or_composes(
    at_desk: Callable[..., Page], database: Session
) -> None:
    request = RequestFactory()
    database.commit()
    page = at_desk()
    page.keyboard.press("j")
    expect(page.locator(".row.current")).to_have_count(1)
    for init in (
        {"code": "KeyE", "isComposing": True},
        {"code": "KeyE", "keyCode": 229},
        {"code": "KeyE", "ctrlKey": True},
    ):
        page.evaluate(
            "init => document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...init}))",
            init,
        )
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("mexu?")
    expect(page.locator("#q")).to_have_value("mexu?")
    expect(page.locator("[data-sheet]")).to_be_hidden()
    database.refresh(request)
    assert (request.status, request.assignee) == ("pending", "")
    # ㅓ and ㄷ of the Korean layout are j and e.
    page.locator(".row-reference").focus()
    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', "
        "{bubbles: true, cancelable: true, key: 'ㄷ', code: 'KeyE'}))"
    )
    expect(page.locator("[data-toast]")).to_contain_text("Changed: 1.")
    database.refresh(request)
    assert request.status == "completed"


def test_the_sheet_turns_the_keys_off(at_desk: Callable[..., Page], database: Session) -> None:
    RequestFactory()
    database.commit()
    page = at_desk()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(".row.current")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use these keys").check()
    page.keyboard.press("Escape")
    page.locator("body").press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/desk?view=all")


def test_u_takes_back_what_a_key_did(at_desk: Callable[..., Page], database: Session) -> None:
    request = RequestFactory()
    database.commit()
    page = at_desk()
    for key in ("j", "e"):
        page.keyboard.press(key)
    expect(page.locator("[data-toast]")).to_contain_text("Changed: 1.")
    expect(page.locator(".row")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("[data-toast]")).to_contain_text("Undone: 1.")
    expect(page.locator(_row(page, request))).to_be_visible()
    database.refresh(request)
    assert request.status == "pending"
    undone = select(func.count()).where(TimelineEntry.data["undone"].as_boolean())
    assert database.scalar(undone) == 1


def test_a_note_and_a_name_are_written_in_a_dialog(
    at_desk: Callable[..., Page], database: Session
) -> None:
    rows = [RequestFactory(), RequestFactory()]
    database.commit()
    page = at_desk()
    for key in ("x", "Shift+j", "n"):
        page.keyboard.press(key)
    page.keyboard.type("부품 주문, j e x")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-toast]")).to_contain_text("Changed: 2.")
    page.keyboard.press("a")
    page.keyboard.type("박기사")
    page.keyboard.press("Enter")
    expect(page.locator(".row-assignee", has_text="박기사")).to_have_count(2)
    notes = select(TimelineEntry.data["note"].as_string()).where(
        TimelineEntry.event == "note_added"
    )
    assert set(database.scalars(notes)) == {"부품 주문, j e x"}
    assert rows


def test_a_request_opens_beside_the_list_and_back_closes_it(
    at_desk: Callable[..., Page], database: Session
) -> None:
    second, first = RequestFactory(), RequestFactory(description="첫째")
    database.commit()
    page = at_desk()
    pane = page.locator("[data-pane]")
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(pane.get_by_role("heading", name=first.reference)).to_be_focused()
    assert page.url.endswith(f"open={first.id}")
    page.keyboard.press("j")
    expect(pane.get_by_role("heading", name=second.reference)).to_be_visible()
    expect(page.locator(f"{_row(page, second)} .row-reference")).to_be_focused()
    assert page.url.endswith(f"open={second.id}")
    page.keyboard.press("r")
    expect(pane.get_by_label("Message")).to_be_focused()
    page.keyboard.type("j k e")
    page.keyboard.press("Control+Enter")
    pane.get_by_role("button", name="Send to the requester").click()
    expect(pane.get_by_text("Saved.")).to_be_visible()
    expect(pane.get_by_text("j k e")).to_be_visible()
    page.go_back()
    expect(pane).to_be_hidden()
    expect(page.locator(f"{_row(page, second)} .row-reference")).to_be_focused()
    page.go_forward()
    expect(pane).to_be_visible()
    page.keyboard.press("Escape")
    expect(pane).to_be_hidden()
    assert "open=" not in page.url
    page.reload()
    expect(page.locator(".row")).to_have_count(2)


def test_below_1100_pixels_a_request_has_its_own_page(
    at_desk: Callable[..., Page], database: Session
) -> None:
    request = RequestFactory()
    database.commit()
    page = at_desk(viewport={"width": 1000, "height": 800})
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/desk/requests/{request.id}")
    page.go_back()
    expect(page.locator(".row")).to_have_count(1)


def test_what_arrives_waits_and_what_changes_stays_in_its_place(
    at_desk: Callable[..., Page], database: Session, operator: User
) -> None:
    rows = [RequestFactory() for _ in range(3)][::-1]
    database.commit()
    page = at_desk()
    expect(page.get_by_text("Updates live")).to_be_visible()
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    new = RequestFactory(description="새 요청입니다")
    update_request(database, rows[1].id, Changes(priority="high"), user=operator)
    update_request(database, rows[2].id, Changes(status="completed"), user=operator)
    database.commit()
    wiring.live_channel().publish("new_request", new.id)
    bar = page.get_by_role("button", name="Show 1 new")
    expect(bar).to_be_visible()
    shown = page.locator(".row").evaluate_all("rows => rows.map(row => Number(row.dataset.id))")
    assert shown == [row.id for row in rows]
    expect(page.locator(".row").nth(1)).to_contain_text("High")
    expect(page.locator(".row").nth(2)).to_have_class("row gone")
    expect(page.locator(f"{_row(page, rows[1])} .row-reference")).to_be_focused()
    expect(page.get_by_label(f"Select {rows[1].reference}")).to_be_checked()
    page.keyboard.press(".")
    expect(page.locator(".row").first).to_contain_text("새 요청입니다")
    expect(bar).to_be_hidden()
    expect(page.get_by_label(f"Select {rows[1].reference}")).to_be_checked()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_several_are_changed_by_the_form(
    open_context: Callable[..., BrowserContext], database: Session, operator: User, scripts: bool
) -> None:
    rows = [RequestFactory() for _ in range(3)]
    database.commit()
    phone = {"width": 390, "height": 844}
    page = open_context(viewport=phone, java_script_enabled=scripts).new_page()
    log_in(page, operator)
    page.goto("/desk?view=open")
    for row in rows[:2]:
        page.get_by_label(f"Select {row.reference}").check()
    page.get_by_text("Change several requests").click()
    page.locator("#bulk-category").select_option("hvac")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Changed: 2.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 2.")).to_be_visible()
    page.get_by_text("Change several requests").click(force=True) if not scripts else None
    page.get_by_label("All 3 that match").check()
    page.locator("#bulk-priority").select_option("low")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Changed: 3.")).to_be_visible()
    database.expire_all()
    assert [(row.category, row.priority) for row in rows] == [("pending", "low")] * 3
