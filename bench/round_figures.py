"""What rounds of calls are told and compared by."""

from collections.abc import Sequence
from statistics import median

from bench.report import Comparison, Report, Samples
from bench.rounds import Round

_FIGURES = {
    "per_second": ("POST, requests per second", "/s"),
    "web": ("POST, CPU of the web server", "µs"),
    "web_and_postgres": ("POST, CPU with PostgreSQL's", "µs"),
    "p99": ("POST, 99% answered within", "ms"),
}


def compare(
    report: Report,
    figure: str,
    ours: Sequence[Round],
    theirs: Sequence[Round],
    *,
    against: str,
    goals: tuple[float | None, float | None] = (None, None),
    at_most: bool = False,
) -> None:
    """Add one figure of both sides, with its goal and stretch if it has them."""
    what, unit = _FIGURES[figure]
    pair = _samples(ours, figure, unit), _samples(theirs, figure, unit)
    report.add(Comparison(what, against, *pair, goals[0], goals[1], at_most=at_most))


def _samples(rounds: Sequence[Round], figure: str, unit: str) -> Samples:
    return Samples(unit, tuple(float(getattr(one, figure)) for one in rounds))


def tell(report: Report, name: str, rounds: Sequence[Round]) -> None:
    """All figures of a side on one line, as medians."""
    calls, rate, web, postgres, redis, p50, p99 = (
        median(getattr(one, name) for one in rounds)
        for name in ("calls", "per_second", "web", "postgres", "redis", "p50", "p99")
    )
    line = (
        f"{rate:,.0f} requests/s ({calls:,.0f} a round); CPU per request: web {web:,.0f} µs, "
        f"PostgreSQL {postgres:,.0f} µs, Redis {redis:,.0f} µs; p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    )
    report.tell(name, line)
