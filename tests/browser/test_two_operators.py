"""Two operators at work on the same requests, and what each sees of the other."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from launcher.server import free_port
from models import wiring
from models.maintenance_request import MaintenanceRequest
from models.services.workflow import Changes, update_request
from models.user import User
from tests.browser.conftest import log_in
from tests.conftest import Servers
from tests.factories import RequestFactory, UserFactory
from tests.servers.gateway_server import serve_gateway
from tests.servers.live_server import LiveServer, serve_live
from tests.servers.web_server import serve

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
OpenContext = Callable[..., BrowserContext]


@dataclass
class Live:
    """A live process that can be killed, and its successors on the same port."""

    folder: Path
    port: int
    _stack: ExitStack = field(default_factory=ExitStack)
    _process: LiveServer | None = None

    def start(self) -> None:
        log = self.folder / f"live-{datetime.now(UTC).timestamp()}.log"
        self._process = self._stack.enter_context(serve_live(log, LIVE_PORT=str(self.port)))

    def kill(self) -> None:
        assert self._process is not None
        self._process.process.kill()
        self._process.process.wait(60)

    def stop(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    live = Live(tmp_path_factory.mktemp("live"), free_port())
    live.start()
    yield live
    live.stop()


@pytest.fixture(scope="module")
def base_url(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One address for pages and their sockets, whatever becomes of the live process."""
    folder = tmp_path_factory.mktemp("gateway")
    with (
        serve(folder / "web.log") as web,
        serve_gateway(folder, WEB_PORT=str(web.port), LIVE_PORT=str(live.port)) as gateway,
    ):
        yield gateway.address


@pytest.fixture
def colleague(database: Session) -> User:
    user: User = UserFactory(name="김민수")
    database.commit()
    return user


@pytest.fixture
def sit_down(open_context: OpenContext, live: Live) -> Callable[..., Page]:
    """``sit_down(user, "/desk")``: the page there, with a socket."""

    def go(user: User, address: str, **options: object) -> Page:
        page = open_context(**{"viewport": WIDE, **options}).new_page()
        log_in(page, user)
        page.goto(address)
        expect(page.locator("[data-live-note].on")).to_be_attached()
        return page

    return go


def _announce(*requests: MaintenanceRequest) -> None:
    """As the dispatcher does after a change."""
    wiring.live_channel().publish_each("request_updated", [one.id for one in requests])


def _top_of(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize(
    ("language", "looks", "writes"),
    [
        ("ko", "김민수 님이 보고 있습니다", "김민수 님이 답을 쓰고 있습니다"),
        ("en", "김민수 is looking", "김민수 is writing a reply"),
    ],
)
def test_each_sees_who_looks_and_who_writes(
    sit_down: Callable[..., Page],
    database: Session,
    operator: User,
    colleague: User,
    language: str,
    looks: str,
    writes: str,
) -> None:
    """On the request's own page and in the list; nothing moves, and the writer sees only others."""
    request, other = RequestFactory(), RequestFactory()
    database.commit()
    mine = sit_down(operator, f"/desk/requests/{request.id}?lang={language}")
    line, heading = mine.locator("[data-presence]"), "#facts-heading"
    expect(line).to_have_text("")
    top = _top_of(mine, heading)
    theirs = sit_down(colleague, "/desk?view=open&lang=en")
    marked = theirs.locator(".row.looked")
    expect(marked).to_have_attribute("data-id", str(request.id))
    expect(marked).to_have_attribute("title", "이운영 is looking")
    theirs.locator(f'.row[data-id="{request.id}"] .row-reference').click()
    expect(theirs.locator("[data-pane] [data-presence]")).to_have_text("이운영 is looking")
    expect(line).to_have_text(looks)
    expect(mine.locator("[data-announce]")).to_have_text(looks)
    theirs.locator("[data-pane] textarea[name=reply]").press_sequentially("내일")
    expect(line).to_have_text(writes)
    assert _top_of(mine, heading) == top
    theirs.locator("[data-pane] textarea[name=reply]").fill("")
    expect(line).to_have_text(looks)
    theirs.locator(f'.row[data-id="{other.id}"] .row-reference').click()
    expect(line).to_have_text("")
    theirs.context.close()


def test_what_one_changes_the_other_sees_and_nothing_moves(
    sit_down: Callable[..., Page], database: Session, operator: User, colleague: User
) -> None:
    old = datetime.now(UTC) - timedelta(hours=1)
    rows = [
        RequestFactory(description=f"{number}층 누수", created_at=old - timedelta(minutes=number))
        for number in range(40)
    ]
    database.commit()
    mine = sit_down(operator, "/desk?view=open")
    for index in (3, 5):
        mine.locator(".row input[name=chosen]").nth(index).check()
    mine.locator(".row-reference").nth(30).click()
    note = mine.locator("[data-pane] #pane-note")
    note.fill("쓰는 중")
    mine.evaluate("document.querySelector('[data-pane]').scrollTop = 200; scrollTo(0, 600)")
    places = """() => [scrollY, document.querySelector('[data-pane]').scrollTop,
        [...document.querySelectorAll('.row')].map(row => row.dataset.id).join()]"""
    before = mine.evaluate(places)
    theirs = sit_down(colleague, f"/desk/requests/{rows[30].id}")
    theirs.get_by_label("Status").select_option("in_progress")
    theirs.get_by_role("button", name="Save", exact=True).click()
    expect(theirs.get_by_text("Saved.")).to_be_visible()
    new = RequestFactory(description="그사이 온 요청")
    database.commit()
    _announce(rows[30])
    wiring.live_channel().publish("new_request", new.id)
    expect(mine.locator(".row.current .badge.status-in_progress")).to_be_visible()
    badges = mine.locator("[data-pane] [data-live=badges]")
    expect(badges.locator(".badge.status-in_progress")).to_be_visible()
    expect(mine.locator("[data-pane] [data-live=timeline]")).to_contain_text("김민수")
    expect(mine.get_by_role("button", name="Show 1 new")).to_be_visible()
    assert mine.evaluate(places) == before
    expect(note).to_be_focused()
    expect(note).to_have_value("쓰는 중")
    expect(mine.locator(".row input[name=chosen]:checked")).to_have_count(2)


def test_what_both_change_is_shown_side_by_side(
    sit_down: Callable[..., Page], database: Session, operator: User, colleague: User
) -> None:
    request = RequestFactory()
    database.commit()
    mine = sit_down(operator, f"/desk?view=open&open={request.id}")
    theirs = sit_down(colleague, f"/desk/requests/{request.id}")
    pane = mine.locator("[data-pane]")
    pane.get_by_label("Priority").select_option("urgent")
    theirs.get_by_label("Priority").select_option("low")
    theirs.get_by_role("button", name="Save", exact=True).click()
    expect(theirs.get_by_text("Saved.")).to_be_visible()
    _announce(request)
    expect(pane.locator("[data-live=badges] .badge.priority-low")).to_be_visible()
    expect(pane.get_by_label("Priority")).to_have_value("urgent")
    pane.get_by_role("button", name="Save", exact=True).click()
    expect(pane.get_by_role("alert")).to_contain_text("Somebody else changed this")
    differs = pane.locator(".side-by-side .differs")
    expect(differs.nth(0)).to_have_text("Urgent")
    expect(differs.nth(1)).to_contain_text("Low by 김민수")
    database.refresh(request)
    assert request.priority == "low"
    # Seen now, and saved all the same.
    pane.get_by_role("button", name="Save", exact=True).click()
    expect(pane.get_by_text("Saved.")).to_be_visible()
    database.refresh(request)
    assert request.priority == "urgent"


def test_what_the_pane_saves_can_be_undone(
    sit_down: Callable[..., Page], database: Session, operator: User
) -> None:
    request = RequestFactory()
    database.commit()
    page = sit_down(operator, f"/desk?view=open&open={request.id}")
    pane, toast = page.locator("[data-pane]"), page.locator("[data-toast]")
    for undo in ("key", "button"):
        pane.get_by_label("Status").select_option("on_hold")
        pane.get_by_role("button", name="Save", exact=True).click()
        expect(toast).to_contain_text("Changed: 1.")
        expect(page.locator(".row .badge.status-on_hold")).to_be_visible()
        expect(pane.locator(".undo")).to_have_count(0)
        if undo == "key":
            page.keyboard.press("u")
        else:
            toast.get_by_role("button").click()
        expect(toast).to_contain_text("Undone: 1.")
        expect(pane.get_by_label("Status")).to_have_value("pending")
        database.refresh(request)
        assert request.status == "pending"
    page.goto(f"/desk/requests/{request.id}")
    page.get_by_label("Status").select_option("on_hold")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    database.refresh(request)
    assert request.status == "pending"


def test_a_killed_live_process_is_missed_calmly(
    sit_down: Callable[..., Page],
    live: Live,
    database: Session,
    operator: User,
    colleague: User,
) -> None:
    """The page asks every 30 seconds, and once there is a process again it is live again."""
    request = RequestFactory()
    database.commit()
    page = sit_down(operator, f"/desk?view=open&open={request.id}")
    note = page.locator(".desk-head [data-live-note]")
    expect(note).to_have_text("Updates live")
    theirs = sit_down(colleague, f"/desk/requests/{request.id}")
    line = page.locator("[data-pane] [data-presence]")
    expect(line).to_have_text("김민수 is looking")
    page.clock.install()
    live.kill()
    try:
        expect(note).to_have_text("Updates every 30 seconds")
        expect(line).to_have_text("")
        update_request(database, request.id, Changes(status="on_hold"), user=colleague)
        database.commit()
        page.clock.fast_forward("00:31")
        expect(page.locator(".row .badge.status-on_hold")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
    finally:
        live.start()
    update_request(database, request.id, Changes(status="in_progress"), user=colleague)
    database.commit()
    _announce(request)  # nobody listens yet: the stream keeps it
    page.clock.fast_forward("02:01")
    expect(note).to_have_text("Updates live")
    page.clock.fast_forward("00:10")
    expect(page.locator(".row .badge.status-in_progress")).to_be_visible()
    expect(theirs.locator("[data-live-note]")).to_have_text("Updates live")
    page.clock.fast_forward("00:10")
    expect(line).to_have_text("김민수 is looking")


def test_a_page_without_a_line_says_so_and_misses_nothing(
    sit_down: Callable[..., Page], database: Session, operator: User, colleague: User
) -> None:
    request = RequestFactory()
    database.commit()
    page = sit_down(operator, f"/desk/requests/{request.id}")
    page.locator("#note").fill("쓰는 중")
    page.context.set_offline(True)
    note = page.locator("[data-live-note]")
    expect(note).to_have_text("Updates every 30 seconds")
    update_request(database, request.id, Changes(status="on_hold"), user=colleague)
    database.commit()
    _announce(request)
    page.context.set_offline(False)
    expect(note).to_have_text("Updates live")
    expect(page.locator("[data-live=badges] .badge.status-on_hold")).to_be_visible()
    expect(page.locator("#note")).to_have_value("쓰는 중")
