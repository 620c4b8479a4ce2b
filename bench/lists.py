"""Lists, searches, one request and statistics over HTTP: at 1,000,000 requests against 1,000, and a
page of 50 against an empty view; and the desk's list as a page."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from itertools import combinations, product
from statistics import median
from urllib.parse import urlencode

from psycopg2.extensions import connection

from bench.calls import BROWSER, FORM, caller, get
from bench.dataset import FEW, MANY, USERS, dataset
from bench.load import drive
from bench.loading import PASSWORD
from bench.process import Process, granian, procfile
from bench.report import Report
from bench.rounds import Side, alternate, cpu, play, rate
from bench.servers import Servers, connect, execute

ROUNDS, CALLS = 5, 8  # of each kind on each side, from one client
SECONDS, PAGE_CPU = 2.0, 6000.0  # µs
CATEGORIES = ("plumbing", "electrical", "hvac", "other")
# Chosen so that a thousand requests fill a page of 50, or of 10 where a place is one of two
# filters: pages of equal length compare.
_FILTERS = {
    "status": {"status": "completed"},
    "category": {"category": "plumbing"},
    "priority": {"priority": "medium"},
    "location": {"location": "3층"},
}
_SEARCHES = {
    "common": "화장실",
    "rare": "비둘기",
    "absent": "펭귄",
    "inside a word": "장실",
    "English": "window",
    "two words": "물이 천장",
}
_SEQUENTIAL = (
    "SET enable_indexscan = off; SET enable_bitmapscan = off;"
    " SET max_parallel_workers_per_gather = 0"
)


@dataclass(frozen=True, slots=True)
class Web:
    """The web before one of the databases, and a token of each of its operators."""

    rows: int
    servers: Servers
    process: Process
    tokens: list[str]

    def call(self, path: str, number: int) -> bytes:
        """Each time by another operator: nobody comes near the limit."""
        return get(path, {"Authorization": f"Bearer {self.tokens[number % len(self.tokens)]}"})

    def side(self, call: Callable[[int], bytes], process: Process | None = None) -> Side:
        return Side(self.servers, process or self.process, call, status=200, seconds=SECONDS)


def measure(report: Report) -> None:
    with dataset() as sides, ExitStack() as stack:
        webs = []
        for rows, side in sides.items():
            process = stack.enter_context(side.serve(procfile("web")))
            webs.append(Web(rows, side, process, _tokens(process.port)))
        _compare_sizes(report, *webs)
        _compare_searches(report, webs[0])
        floor = sides[MANY].serve(granian("bench.rivals.floor:application"))
        _compare_with_empty(report, webs[0], stack.enter_context(floor))


def _compare_with_empty(report: Report, web: Web, empty: Process) -> None:
    sizes = product(CATEGORIES, ("48", "49", "51", "52"))
    pages = [_path(category=category, limit=limit) for category, limit in sizes]
    nothing, desk = get("/empty", {}), _desk_calls(web.process.port)
    found = play(
        report,
        {
            "list": web.side(lambda number: web.call(pages[number % len(pages)], number)),
            "empty": web.side(lambda _number: nothing, empty),
            "desk": web.side(lambda number: desk[number % len(desk)]),
        },
    )
    against, ours, floor = "an empty view of Flask", found["list"], found["empty"]
    what = "16 different pages of 50 rows"
    report.add(what, against, (rate(ours), rate(floor)), "/s", least=0.35, better=0.5)
    pair = cpu(ours, "web"), cpu(floor, "web")
    report.add(f"{what}, CPU of the web", against, pair, "µs")
    desk_page, limit = "the desk's page of 50 rows", PAGE_CPU
    report.limit(f"{desk_page}, CPU of the web", cpu(found["desk"], "web"), limit, "µs")
    both = cpu(found["desk"], "web", "postgres")
    report.limit(f"{desk_page}, CPU with PostgreSQL's", both, limit, "µs")


def _desk_calls(port: int) -> list[bytes]:
    """The list of an operator who has logged in with a browser, with and without a filter."""
    given = {"username": "operator0", "password": PASSWORD, "next": "/desk"}
    answer = _ask(port, "/login", {**BROWSER, **FORM, **caller()}, urlencode(given))
    cookies = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", [])]
    headers = {**BROWSER, "Cookie": "; ".join(cookies)}
    # All requests: the view that a desk opens on may show fewer than a page of them.
    queries = ("", *(f"&category={category}" for category in CATEGORIES))
    return [get(f"/desk?view=all{query}", headers) for query in queries]


def _compare_sizes(report: Report, many: Web, few: Web) -> None:
    """Every kind of call, one client: the median latency of some calls."""
    found: dict[str, dict[int, list[float]]] = {}
    paths = {web.rows: dict(_paths(web)) for web in (many, few)}
    for kind in paths[MANY]:
        turns = {
            web.rows: partial(_milliseconds, web, paths[web.rows][kind]) for web in (many, few)
        }
        for turn in turns.values():
            turn()
        found[kind] = alternate(turns, ROUNDS)
    ratios = {
        kind: median(a / b for a, b in zip(both[MANY], both[FEW], strict=True))
        for kind, both in found.items()
    }
    worst = max(ratios, key=lambda kind: ratios[kind])
    what = f"slowest of {len(ratios)} kinds at 1,000,000 requests: {worst}"
    both = found[worst]
    report.add(what, "the same at 1,000", (both[MANY], both[FEW]), "ms", most=1.5)
    told = {
        kind: f"{median(found[kind][MANY]):.2f} : {median(found[kind][FEW]):.2f} : {ratio:.2f}"
        for kind, ratio in sorted(ratios.items(), key=lambda one: -one[1])
    }
    report.tell("ms at 1,000,000 : at 1,000 : ratio", told)


def _compare_searches(report: Report, web: Web) -> None:
    """The best 50 and their number, over HTTP, and the newest 50 by reading all."""
    found = {}
    with connect(web.servers.url) as opened:
        execute(opened, _SEQUENTIAL)
        for kind, words in _SEARCHES.items():
            path = "/api/requests?" + urlencode({"limit": "50", "q": words})
            turns = {
                "haja": partial(_milliseconds, web, path),
                "ilike": partial(_read_all, opened, words),
            }
            _milliseconds(web, path)
            found[kind] = alternate(turns, 2)
    told = {kind: [round(median(one), 1) for one in both.values()] for kind, both in found.items()}
    report.tell("ms of a search, and of ILIKE", told)
    worst = min(told, key=lambda kind: told[kind][1] / told[kind][0])
    what = f"the dearest of {len(told)} kinds of search: {worst}"
    pair = found[worst]["haja"], found[worst]["ilike"]
    report.add(what, f"sequential ILIKE over one column of {MANY:,}", pair, "ms")


def _read_all(opened: connection, words: str) -> float:
    """As where no index helps: every row is looked at, and all words must occur."""
    conditions = " AND ".join(["description ILIKE %s"] * len(words.split()))
    query = f"""SELECT * FROM maintenance_requests WHERE {conditions}
        ORDER BY created_at DESC, id DESC LIMIT 50"""
    started = time.perf_counter()
    execute(opened, query, [f"%{word}%" for word in words.split()])
    return (time.perf_counter() - started) * 1000


def _milliseconds(web: Web, path: str) -> float:
    load = drive(web.process.port, partial(web.call, path), clients=1, count=CALLS)
    if set(load.statuses) != {200}:
        raise RuntimeError(f"{path}: {load.statuses}")
    return median(load.latencies) * 1000


def _paths(web: Web) -> Iterator[tuple[str, str]]:
    """Kind and path of each call; times lie at the same share of each history."""
    with connect(web.servers.url) as opened:
        half = f"ORDER BY id OFFSET {web.rows // 2} LIMIT 1"
        ((middle, at),) = execute(opened, f"SELECT id, created_at FROM maintenance_requests {half}")
    yield "first page", _path()
    yield "oldest first", _path(sort="created_at")
    yield "last changed first", _path(sort="-updated_at")
    yield "page deep inside", _next_page(web, _path(skip=str(web.rows // 2)))
    times = {
        "created_from": {"created_from": (at - timedelta(days=180)).isoformat()},
        "created_to": {"created_to": at.isoformat()},
    }
    filters = {**_FILTERS, **times}
    for name, given in filters.items():
        yield name, _path(**given)
    for (one, first), (other, second) in combinations(filters.items(), 2):
        size = {"limit": "10"} if "location" in (one, other) else {}
        yield f"{one} and {other}", _path(**size, **first, **second)
    yield "one request", f"/api/requests/{middle}"
    yield "statistics", "/api/stats"


def _path(*, limit: str = "50", **given: str) -> str:
    return "/api/requests?" + urlencode({"limit": limit, **given})


def _next_page(web: Web, path: str) -> str:
    """Where its Link leads."""
    answer = _ask(web.process.port, path, {"Authorization": f"Bearer {web.tokens[0]}"})
    return str(answer.headers["Link"]).partition(">")[0].strip("<")


def _tokens(port: int) -> list[str]:
    """A bearer token of each operator."""
    users = ({"username": f"operator{n}", "password": PASSWORD} for n in range(USERS))
    answers = (_ask(port, "/token", {**FORM, **caller()}, urlencode(user)) for user in users)
    return [json.load(answer)["access_token"] for answer in answers]


def _ask(port: int, path: str, headers: dict[str, str], body: str | None = None) -> HTTPResponse:
    """One call by itself, on its own connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST" if body else "GET", path, body, headers)
    return connection.getresponse()
