"""What really leaves a browser when visits are counted, and what a CDN's files need to run."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy.orm import Session

from tests.conftest import Servers
from tests.factories import RequestFactory
from tests.servers.gateway_server import serve_pages
from tests.waiting import wait_for
from tests.web.conftest import link_token

pytestmark = pytest.mark.browser

CDN = "http://cdn.example"
GOOGLE, MIXPANEL = "https://www.google-analytics.com/", "https://api-js.mixpanel.com/"


@pytest.fixture(scope="module")
def counting(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Haja that counts visits and has a CDN in front of its files."""
    settings = {
        "GOOGLE_ANALYTICS_ID": "G-TEST12345",
        "MIXPANEL_TOKEN": "mixpaneltoken",
        "CDN_URL": CDN,
    }
    with serve_pages(tmp_path_factory.mktemp("counting"), **settings) as address:
        yield address


@pytest.fixture
def visitor(counting: str, open_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    page = open_context().new_page()

    def fetch(route: Route) -> None:
        """As a CDN does it: the same path, asked of the service behind it."""
        route.fulfill(response=route.fetch(url=route.request.url.replace(CDN, counting)))

    page.route(f"{CDN}/**", fetch)
    yield page
    page.unroute_all(behavior="ignoreErrors")


def test_a_visit_says_which_kind_of_page_and_nothing_more(
    visitor: Page, counting: str, database: Session
) -> None:
    said: list[str] = []

    def note(route: Route) -> None:
        sent = route.request
        said.append(unquote_plus(f"{sent.url} {sent.post_data} {sent.headers}"))
        route.fulfill(status=204)

    for host in (GOOGLE, MIXPANEL):
        visitor.route(f"{host}**", note)
    row = RequestFactory(categorized=True)
    database.commit()
    token = link_token(row)
    visitor.goto(f"{counting}/r/{row.reference}?token={token}")
    expect(visitor.get_by_role("heading", level=1)).to_have_text(row.reference)

    def both() -> bool:
        visitor.wait_for_timeout(50)  # the browser's messages are handled only while it waits
        return len(said) >= 2

    wait_for(both, "both were told")
    assert any(one.startswith(GOOGLE) and f"dl={counting}/r&" in one for one in said)
    assert any(one.startswith(MIXPANEL) and '"page":"/r"' in one for one in said)
    for one in said:
        for secret in (row.reference, token, "token=", row.requester_name, "referer", "cookie"):
            assert secret not in one


def test_the_pages_scripts_run_from_a_cdn(visitor: Page, counting: str) -> None:
    for host in (GOOGLE, MIXPANEL):
        visitor.route(f"{host}**", lambda route: route.fulfill(status=204))
    visitor.goto(counting)
    visitor.get_by_label("What is wrong").fill("x" * 3990)
    expect(visitor.get_by_text("10 characters left")).to_be_visible()
