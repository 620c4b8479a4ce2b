"""Messages in a real Chromium: the button, and what the service worker shows.

Chromium subscribes at Google's push service, which is out of reach here: the subscription alone is
made by the test.
"""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.push_subscription import PushSubscription
from models.services.links import status_path
from models.user import User
from tests.browser.conftest import log_in
from tests.factories import RequestFactory
from tests.servers.push_server import Browser

pytestmark = pytest.mark.browser

_PUSH_MANAGER = """
    const bytes = (text) => Uint8Array.from(
        atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const kept = () => ({
        endpoint: GIVEN.endpoint,
        options: { applicationServerKey: bytes(localStorage.subscribed_with).buffer },
        toJSON: () => GIVEN,
        unsubscribe: async () => { localStorage.removeItem("subscribed_with"); return true; },
    });
    PushManager.prototype.getSubscription = async () => (localStorage.subscribed_with ? kept() : null);
    PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
        if (!userVisibleOnly || localStorage.subscribed_with) throw new Error("not so");
        localStorage.subscribed_with = applicationServerKey;
        return kept();
    };
"""


def _open(
    open_context: Callable[..., BrowserContext], base_url: str, **options: object
) -> tuple[BrowserContext, Page]:
    context = open_context(viewport={"width": 390, "height": 844}, **options)
    given = Browser("https://fcm.googleapis.com", "/fcm/send/abc").subscription
    context.add_init_script(f"const GIVEN = {json.dumps(given)};{_PUSH_MANAGER}")
    context.grant_permissions(["notifications"], origin=base_url)
    return context, context.new_page()


def _rows(database: Session) -> list[PushSubscription]:
    database.rollback()
    return list(database.scalars(select(PushSubscription)))


def test_an_operator_turns_it_on_and_off(
    open_context: Callable[..., BrowserContext], base_url: str, database: Session, operator: User
) -> None:
    _, page = _open(open_context, base_url)
    log_in(page, operator)
    page.goto("/desk/profile")
    page.evaluate(
        "localStorage.subscribed_with = 'AAAA'"
    )  # it was subscribed with a key of another time
    page.get_by_role("button", name="Notify me on this device").click()
    off = page.get_by_role("button", name="Stop notifying this device")
    expect(off).to_be_visible()
    expect(page.get_by_text("This device will be notified.")).to_be_visible()
    assert [row.user_id for row in _rows(database)] == [operator.id]
    page.reload()
    off.click()
    expect(page.get_by_role("button", name="Notify me on this device")).to_be_visible()
    assert not _rows(database)


def test_a_requester_is_shown_what_is_sent(
    open_context: Callable[..., BrowserContext], base_url: str, database: Session
) -> None:
    request = RequestFactory()
    database.commit()
    context, page = _open(open_context, base_url, locale="ko-KR")
    path = status_path(get_settings(), request.reference, request.link_version)
    page.goto(path)
    devtools = context.new_cdp_session(page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(one["registrationId"] for one in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.get_by_role("button", name="이 기기에서 알림 받기").click()
    expect(page.get_by_text("이제 이 기기로 알려 드립니다.")).to_be_visible()
    (row,) = _rows(database)
    assert (row.request_id, row.language) == (request.id, "ko")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    message = {"title": "완료", "body": "끝났습니다", "lang": "ko", "url": path, "tag": "A"}
    for body in ("처음", "다음"):
        devtools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": base_url,
                "registrationId": registrations[-1],
                "data": json.dumps({**message, "body": body}),
            },
        )
    page.wait_for_function(
        """() => navigator.serviceWorker.ready
            .then((registration) => registration.getNotifications())
            .then((shown) => shown.length === 1 && shown[0].title === "완료" && shown[0].body === "다음")"""
    )


def test_without_scripts_or_support_nothing_is_offered(
    open_context: Callable[..., BrowserContext], database: Session
) -> None:
    request = RequestFactory()
    database.commit()
    path = status_path(get_settings(), request.reference, request.link_version)
    bare = open_context(java_script_enabled=False).new_page()
    bare.goto(path)
    expect(bare.locator("[data-push]")).to_be_hidden()
    context = open_context()
    context.add_init_script("delete window.PushManager")
    page = context.new_page()
    page.goto(path)
    expect(page.locator("[data-push]")).to_be_hidden()
