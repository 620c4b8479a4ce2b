"""A real server process and a real Chromium: what only a browser can show."""

import shutil
from collections.abc import Callable, Iterator
from http import HTTPStatus

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from sqlalchemy.orm import Session

from models.user import User
from tests.conftest import Servers
from tests.factories import PASSWORD, UserFactory, using
from tests.servers.gateway_server import serve_pages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# What a refused or missing page is logged as; the tests look at those answers themselves.
_EXPECTED = (
    "Failed to load resource: the server responded with a status of 4",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
    "Failed to load resource: net::ERR_FAILED",
    "Service Worker registration blocked by Playwright",
    "WebSocket connection to ",  # cannot be had: the page goes on without
)
# A site that may show the form in a frame; the tests answer for it.
BUILDING = "http://building.example"
VAPID_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"  # of RFC 8291, appendix A


# A busy machine is slow, not wrong.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def base_url(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One address for pages and their sockets."""
    with serve_pages(
        tmp_path_factory.mktemp("logs"), EMBED_ORIGINS=BUILDING, VAPID_PRIVATE_KEY=VAPID_KEY
    ) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "no Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            # The building's site has no address, and Haja here has one of this machine only.
            args=["--no-sandbox", "--disable-gpu", "--disable-features=LocalNetworkAccessChecks"],
        )
        yield browser
        browser.close()


@pytest.fixture
def database(committed: Callable[[], Session]) -> Iterator[Session]:
    """Rows that the server process sees once they are committed."""
    with committed() as session, using(session):
        yield session


@pytest.fixture
def open_context(chromium: Browser, base_url: str) -> Iterator[Callable[..., BrowserContext]]:
    """``open_context(java_script_enabled=False)``: a browser window of its own.

    A page that complains on its console, about the content policy for one, fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED):
            complaints.append(message.text)

    def make(**options: object) -> BrowserContext:
        context = chromium.new_context(base_url=base_url, **{"locale": "en-GB", **options})  # type: ignore[arg-type]
        context.on("console", note)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(request: pytest.FixtureRequest, open_context: Callable[..., BrowserContext]) -> Page:
    """A page of a phone, with and without JavaScript."""
    phone = {"width": 390, "height": 844}
    return open_context(java_script_enabled=request.param, viewport=phone).new_page()


@pytest.fixture
def operator(database: Session) -> User:
    user: User = UserFactory(name="이운영")
    database.commit()
    return user


def log_in(page: Page, user: User) -> None:
    """More than thirty logins a minute from one address are refused: then it waits for the next."""
    for _ in range(8):
        page.goto("/login")
        page.get_by_label("Username").fill(user.username)
        page.get_by_label("Password").fill(PASSWORD)
        with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            page.get_by_role("button", name="Log in").click()
        if answered.value.status != HTTPStatus.TOO_MANY_REQUESTS:
            break
        page.wait_for_timeout(10_000)
    page.wait_for_url("**/desk")
