"""Lists, one request and statistics over HTTP: at 1,000,000 requests against 1,000."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import combinations
from statistics import median
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from bench.alternation import alternate
from bench.load import drive, get
from bench.million import Pair, Sized, million, token_of
from bench.report import Comparison, Report, Samples
from bench.servers import gunicorn

ROUNDS, CALLS = 5, 8  # of each kind on each side; one client
RUSH_ROUNDS, RUSH_SECONDS, RUSH_CLIENTS = 5, 2.0, 16
MILLISECONDS = "ms"
_FIRST_PAGE = "first page"
_PRODUCTION = {"HAJA_ENV": "production", "PUBLIC_URL": "https://haja.example.org"}

# Chosen so that a thousand requests fill a page of 50, or of 25 where a place is one of two
# filters: pages of equal length compare.
_FILTERS = {
    "status": {"status": "completed"},
    "category": {"category": "plumbing"},
    "priority": {"priority": "medium"},
    "location": {"location": "3층"},
}


@dataclass(frozen=True, slots=True)
class Side:
    """One database behind its own web server."""

    sized: Sized
    port: int
    token: str
    calls: dict[str, str] = field(default_factory=dict)

    def call(self, name: str, **headers: str) -> bytes:
        authorization = {"Authorization": f"Bearer {self.token}"}
        return get(self.calls[name], authorization | headers)

    def headers(self, path: str) -> Mapping[str, str]:
        request = Request(f"http://127.0.0.1:{self.port}{path}")
        request.add_header("Authorization", f"Bearer {self.token}")
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return dict(answer.headers)


def measure() -> Report:
    """Every kind of call at both sizes, and a page's rate against an empty view's."""
    report = Report("lists")
    with ExitStack() as stack:
        pair = stack.enter_context(million())
        sides = {name: _open(stack, pair, sized) for name, sized in pair.sides.items()}
        _compare_sizes(report, sides)
        _tell_unchanged(report, sides["million"])
        _compare_with_nothing(report, stack, pair, sides["million"])
    return report


def _open(stack: ExitStack, pair: Pair, sized: Sized) -> Side:
    environment = sized.environment | _PRODUCTION
    served = stack.enter_context(gunicorn("web:create_app()", environment, pair.folder))
    side = Side(sized, served.port, token_of(served.port))
    halfway = side.headers(_path(skip=str(sized.rows // 2)))["Link"].partition(">")[0].strip("<")
    side.calls.update(_calls(sized), **{"page deep inside": halfway})
    return side


def _calls(sized: Sized) -> Iterator[tuple[str, str]]:
    """Name and path of each kind of call; times lie at the same share of each history."""
    with sized.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, created_at FROM maintenance_requests ORDER BY id OFFSET %s LIMIT 1",
            (sized.rows // 2,),
        )
        found = cursor.fetchone()
    assert found
    middle, at = found
    yield _FIRST_PAGE, _path()
    yield "oldest first", _path(sort="created_at")
    yield "last changed first", _path(sort="-updated_at")
    times = {
        "created_from": {"created_from": (at - timedelta(days=180)).isoformat()},
        "created_to": {"created_to": at.isoformat()},
    }
    filters = {**_FILTERS, **times}
    for name, given in filters.items():
        yield name, _path(**given)
    for (one, first), (other, second) in combinations(filters.items(), 2):
        size = {"limit": "25"} if "location" in (one, other) else {}
        yield f"{one} and {other}", _path(**size, **first, **second)
    yield "one request", f"/api/requests/{middle}"
    yield "statistics", "/api/stats"


def _path(*, limit: str = "50", **given: str) -> str:
    return "/api/requests?" + urlencode({"limit": limit, **given})


def _compare_sizes(report: Report, sides: dict[str, Side]) -> None:
    found: dict[str, dict[str, list[float]]] = {}
    for name in sides["million"].calls:
        found[name] = alternate(
            {side: _latency(opened, name) for side, opened in sides.items()}, ROUNDS
        )
    ratios = {
        name: median(a / b for a, b in zip(both["million"], both["thousand"], strict=True))
        for name, both in found.items()
    }
    worst = max(ratios, key=lambda name: ratios[name])
    report.add(
        Comparison(
            f"slowest of {len(ratios)} kinds at 1,000,000 requests: {worst}",
            "the same at 1,000",
            Samples(MILLISECONDS, tuple(found[worst]["million"])),
            Samples(MILLISECONDS, tuple(found[worst]["thousand"])),
            goal=1.5,
            at_most=True,
            note="median latency of one client",
        )
    )
    report.tell(
        "ms at 1,000,000 : at 1,000 : ratio",
        {
            name: f"{median(both['million']):.2f} : {median(both['thousand']):.2f}"
            f" : {ratios[name]:.2f}"
            for name, both in sorted(found.items(), key=lambda item: -ratios[item[0]])
        },
    )


def _latency(side: Side, name: str) -> Callable[[], float]:
    """Median milliseconds of some calls on one connection."""

    def once() -> float:
        load = drive(side.port, lambda _n: side.call(name), clients=1, count=CALLS)
        assert set(load.statuses) == {200}, (name, load.statuses)
        return median(load.latencies) * 1000

    once()
    return once


def _tell_unchanged(report: Report, side: Side) -> None:
    """What it costs to be told that nothing changed."""
    tags = {
        name: side.headers(side.calls[name])["ETag"]
        for name in (_FIRST_PAGE, "one request", "statistics")
    }
    took = {}
    for name, tag in tags.items():
        call = side.call(name, **{"If-None-Match": tag})
        load = drive(side.port, partial(_same, call), clients=1, count=CALLS * ROUNDS)
        assert set(load.statuses) == {304}, (name, load.statuses)
        took[name] = f"{load.quantile(0.5) * 1000:.2f}"
    report.tell("ms until 304 at 1,000,000", took)


def _same(call: bytes, _number: int) -> bytes:
    return call


def _compare_with_nothing(report: Report, stack: ExitStack, pair: Pair, side: Side) -> None:
    """Everybody wants the same page, as when something happens and all desks look; and each
    another one."""
    environment = pair.million.environment
    floor = stack.enter_context(gunicorn("bench.rivals.floor:app", environment, pair.folder))
    authorization = {"Authorization": f"Bearer {side.token}"}
    same, nothing = [side.call(_FIRST_PAGE)], [get("/empty")]
    several = [get(path, authorization) for path in _several_pages()]
    found = alternate(
        {
            "page": lambda: _rush(side.port, same),
            "empty": lambda: _rush(floor.port, nothing),
            "pages": lambda: _rush(side.port, several),
        },
        RUSH_ROUNDS,
    )
    for name, what, goal in (
        ("page", "a page of 50 at 1,000,000 requests", 0.4),
        ("pages", f"{len(several)} pages of about 50, each client another", None),
    ):
        report.add(
            Comparison(
                what,
                "an empty view of Flask, same server set-up",
                Samples("requests/s", tuple(found[name])),
                Samples("requests/s", tuple(found["empty"])),
                goal=goal,
                note=f"{RUSH_CLIENTS} clients",
            )
        )


def _several_pages() -> Iterator[str]:
    for category in ("plumbing", "electrical", "hvac", "other"):
        for size in ("48", "49", "51", "52"):
            yield _path(category=category, limit=size)


def _rush(port: int, calls: Sequence[bytes]) -> float:
    load = drive(
        port,
        lambda number: calls[number % len(calls)],
        clients=RUSH_CLIENTS,
        seconds=RUSH_SECONDS,
    )
    assert set(load.statuses) == {200}, load.statuses
    return load.per_second
