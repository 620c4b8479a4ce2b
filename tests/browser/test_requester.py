"""A requester on a phone, with and without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import get_settings
from models import wiring
from models.maintenance_request import MaintenanceRequest
from models.services.links import sign_reference
from models.words import Status
from tests.factories import RequestFactory
from tests.web.pictures import picture

pytestmark = pytest.mark.browser


def _photo(name: str, colour: str = "red") -> FilePayload:
    return FilePayload(name=name, mimeType="image/jpeg", buffer=picture(colour=colour))


def _link(request: MaintenanceRequest) -> str:
    return f"/r/{request.reference}?token={sign_reference(get_settings(), request.reference)}"


def test_a_fault_is_reported_and_followed(page: Page, database: Session) -> None:
    page.goto("/?lang=ko")
    expect(page).to_have_title("무엇이 고장 났나요? · 하자")
    page.get_by_label("어떤 문제인가요?").fill("화장실 천장에서 물이 새요")
    page.get_by_label("위치").fill("101동 1203호")
    page.locator("#photos").set_input_files([_photo("a.jpg"), _photo("b.jpg", "blue")])
    page.get_by_role("button", name="접수하기").click()
    page.wait_for_url("**/r/*?token=*")
    expect(page.get_by_role("heading", level=1)).to_have_text(_newest(database).reference)
    expect(page.get_by_text("화장실 천장에서 물이 새요")).to_be_visible()
    expect(page.locator(".photo-waits")).to_have_count(2)
    page.locator("#answer-photos").set_input_files([_photo("c.jpg", "green")])
    page.get_by_role("button", name="관리사무소에 보내기").click()
    expect(page.locator(".photo-waits")).to_have_count(3)
    expect(page.get_by_text("사진이 추가되었습니다.")).to_be_visible()


def _newest(database: Session) -> MaintenanceRequest:
    found = database.scalar(select(MaintenanceRequest).order_by(MaintenanceRequest.id.desc()))
    assert found is not None
    return found


def test_what_was_typed_survives_a_mistake(page: Page, database: Session) -> None:
    page.goto("/")
    page.get_by_label("What is wrong?").fill("   ")
    page.get_by_label("Place").fill("Building 5")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").filter(has_text="Not received yet")).to_be_visible()
    expect(page.get_by_label("Place")).to_have_value("Building 5")
    page.get_by_label("What is wrong?").fill("The lamp flickers")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/r/*")
    expect(page.get_by_text("Building 5")).to_be_visible()


def test_an_impatient_finger_makes_one_request(
    page: Page, database: Session, request: pytest.FixtureRequest
) -> None:
    page.goto("/")
    page.get_by_label("What is wrong?").fill("The tap drips")
    page.get_by_role("button", name="Send").dblclick()
    page.wait_for_url("**/r/*")
    page.go_back()
    if request.node.callspec.id == "scripts":
        expect(page.locator("[data-kept]").get_by_text("Received")).to_be_visible()
    else:
        page.get_by_role("button", name="Send").click()
        page.wait_for_url("**/r/*")
    assert len(database.scalars(select(MaintenanceRequest)).all()) == 1


def test_chosen_photos_are_shown_and_can_be_taken_out(
    open_context: Callable[..., BrowserContext], database: Session
) -> None:
    page = open_context().new_page()
    page.goto("/")
    field = page.locator("#photos")
    field.set_input_files([_photo("a.jpg"), _photo("b.jpg", "blue")])
    field.set_input_files([_photo("c.jpg", "green")])
    expect(page.locator(".previews img")).to_have_count(3)
    page.get_by_role("button", name="Remove photo: b.jpg").click()
    expect(page.locator(".previews img")).to_have_count(2)
    assert field.evaluate("input => [...input.files].map(file => file.name)") == ["a.jpg", "c.jpg"]
    field.set_input_files([_photo(f"{n}.jpg") for n in range(7)])
    expect(page.locator(".previews img")).to_have_count(5)
    expect(page.get_by_text("Only 5 photos can be sent")).to_be_visible()


def test_the_status_page_changes_by_itself(
    open_context: Callable[..., BrowserContext], database: Session
) -> None:
    request = RequestFactory()
    database.commit()
    page = open_context().new_page()
    page.goto(_link(request))
    expect(page.get_by_text("Updates live")).to_be_visible()
    request.status = Status.COMPLETED
    database.commit()
    wiring.live_channel().publish("request_updated", request.id)
    expect(page.get_by_text("It is done.")).to_be_visible()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_nothing_is_wider_than_a_small_phone(
    open_context: Callable[..., BrowserContext], database: Session, language: str
) -> None:
    request = RequestFactory(description="W" * 500, location="긴" * 200, categorized=True)
    database.commit()
    page = open_context(viewport={"width": 320, "height": 640}).new_page()
    for path in ("/", _link(request), "/login", f"/r/{request.reference}"):
        page.goto(path)
        page.goto(page.url + ("&" if "?" in page.url else "?") + f"lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Call 119")).to_be_focused()
