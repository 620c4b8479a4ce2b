"""The web's POST against a floor and against other designs, before the same PostgreSQL and Redis."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from urllib.parse import urlencode
from urllib.request import urlopen

import redis

from bench.calls import FORM, form_call, json_call, photo_call, post, reports
from bench.process import Process, granian, procfile, programs
from bench.report import Report
from bench.rivals import TABLE
from bench.rounds import Round, Side, cpu, p99, play, rate
from bench.servers import Servers, connect, execute, new_database, servers

CPU_LIMIT = 1300.0  # µs of the web server
AI_CLIENTS, AI_SECONDS = 64, 0.3
UVICORN = 'uvicorn --port "$WEB_PORT" --workers 2 --loop uvloop --http httptools --no-access-log '
BOTH = ("web", "postgres")
HELPDESK = "/tickets/submit/"
# Only what is whole counts: the request, its first timeline entry, its run and both steps of it.
_WHOLE = """
    SELECT count(*) FROM maintenance_requests AS request
    JOIN timeline_entries AS entry ON entry.request_id = request.id
    JOIN runs ON runs.subject_id = request.id AND runs.event = 'request_submitted'
    WHERE (SELECT count(*) FROM steps WHERE run_id = runs.id) = 2
"""
_TICKETS = """
    SELECT count(*) FROM helpdesk_ticket AS ticket
    WHERE (SELECT count(*) FROM helpdesk_followup AS entry WHERE entry.ticket_id = ticket.id) = 1
"""


class Sides:
    """What is measured, on servers of its own; each in a database of its own, but for Haja's."""

    def __init__(self, base: Servers, stack: ExitStack) -> None:
        self._base, self._stack = base, stack

    def serve(self, line: str, port: str = "WEB_PORT", **settings: str) -> Process:
        return self._stack.enter_context(self._base.serve(line, port, **settings))

    def web(self, **settings: str) -> Process:
        return self.serve(procfile("web"), **settings)

    def haja(self, call: Callable[[int], bytes], web: Process, status: int = 201) -> Side:
        return Side(self._base, web, call, status, (self._base.url, _WHOLE))

    def gateway(self) -> Side:
        """Before a web of its own. Both trust one proxy more, which names the caller to them."""
        web = self.web(TRUSTED_PROXIES="1")
        own = {"TRUSTED_PROXIES": "1", "WEB_PORT": str(web.port)}
        side = self.haja(json_call, self.serve(procfile("gateway"), "PORT", **own))
        side.behind = web
        return side

    def plain(self, name: str, line: str, **settings: str) -> Side:
        """A design with one table."""
        url = new_database(self._base.url, name)
        with connect(url) as opened:
            execute(opened, TABLE)
        server = self.serve(line, DATABASE_URL=url, **settings)
        return Side(self._base, server, json_call, 201, (url, "SELECT count(*) FROM reports"))

    def orm_chain(self) -> Side:
        side = self.plain("orm_chain", granian("bench.rivals.orm_chain:web"))
        side.after = partial(_take_messages, self._base.redis.url)
        return side

    def fastapi(self) -> Side:
        """In a copy of Haja's database; made while nobody is connected to that."""
        url = new_database(self._base.url, "fastapi", like="haja")
        line = UVICORN + "bench.rivals.fastapi_apps:intake"
        server = self.serve(line, DATABASE_URL=url, PATH=programs("rivals"))
        return Side(self._base, server, json_call, 201, (url, _WHOLE))

    def helpdesk(self) -> Side:
        url = new_database(self._base.url, "helpdesk")
        own = {"DATABASE_URL": url, "PATH": programs("rivals")}
        self._base.run("python -m bench.rivals.helpdesk", **own)
        server = self.serve(granian("bench.rivals.helpdesk:application"), **own)
        return Side(self._base, server, _helpdesk_call(server.port), 302, (url, _TICKETS))


def measure(report: Report) -> None:
    """JSON, a browser's form, a photo and the gateway against the floor; then other designs."""
    with servers() as base, ExitStack() as stack:
        sides = Sides(base, stack)
        fastapi, orm_chain = sides.fastapi(), sides.orm_chain()
        floor, web = sides.plain("floor", granian("bench.rivals.flask_apps:floor")), sides.web()
        haja, gateway = sides.haja(json_call, web), sides.gateway()
        form, photo = (sides.haja(call, web, 303) for call in (form_call, photo_call))
        ways = {"gateway": gateway, "floor": floor, "json": haja, "form": form, "photo": photo}
        found = play(report, ways)
        against = "Flask with one INSERT"
        _compare(report, found["json"], found["floor"], against, least=0.25, better=0.4)
        pair = p99(found["json"]), p99(found["floor"])
        report.add("POST, 99% answered within", against, pair, "ms")
        report.limit("POST, CPU of the web server", cpu(found["json"], "web"), CPU_LIMIT, "µs")
        _compare_ways(report, found)
        found = play(report, {"fastapi": fastapi, "haja": haja, "orm_chain": orm_chain})
        against = "ORM insert and a Celery chain"
        _compare(report, found["haja"], found["orm_chain"], against, least=2.0)
        against = "FastAPI, equal transaction"
        _compare(report, found["haja"], found["fastapi"], against, least=0.8)


def _compare_ways(report: Report, found: dict[str, list[Round]]) -> None:
    """The other ways in against our JSON."""
    ours, through = found["json"], found["gateway"]
    for name, what in (("form", "a browser's form"), ("photo", "a form with a photo of 200 kB")):
        pair = cpu(found[name], "web"), cpu(ours, "web")
        report.add(f"{what}, CPU of the web server", "JSON POST", pair, "µs", most=1.3)
        pair = cpu(found[name], *BOTH), cpu(ours, *BOTH)
        report.add(f"{what}, CPU with PostgreSQL's", "JSON POST", pair, "µs")
    pair = rate(through), rate(ours)
    report.add("POST through the gateway", "straight to the web", pair, "/s")
    pair = cpu(through, "web"), cpu(through, "behind")
    report.add("CPU of the gateway for each POST", "of the web behind it", pair, "µs")


def _compare(
    report: Report, ours: list[Round], theirs: list[Round], against: str, **goals: float
) -> None:
    sides = (ours, theirs)
    report.add("POST, requests per second", against, map(rate, sides), "/s", **goals)
    web, both = ([cpu(side, *names) for side in sides] for names in (("web",), BOTH))
    report.add("POST, CPU of the web server", against, web, "µs")
    report.add("POST, CPU with PostgreSQL's", against, both, "µs")


def measure_helpdesk(report: Report) -> None:
    """Against django-helpdesk's public form, with the same reports."""
    with servers() as base, ExitStack() as stack:
        sides = Sides(base, stack)
        both = {"helpdesk": sides.helpdesk(), "haja": sides.haja(json_call, sides.web())}
        found = play(report, both)
        against = "django-helpdesk's public form"
        _compare(report, found["haja"], found["helpdesk"], against, least=5.0, better=8.0)


def measure_inline(report: Report) -> None:
    """Against designs that ask the AI inside the request; it thinks for 300 ms.

    Raises:
        RuntimeError: one answers before the AI can have.
    """
    with servers() as base, ExitStack() as stack:
        sides = Sides(base, stack)
        ai = sides.serve(f"python -m bench.rivals.slow_ai {1000 * AI_SECONDS:.0f}")
        own = {"OPENAI_BASE_URL": f"http://127.0.0.1:{ai.port}/v1", "OPENAI_API_KEY": "none"}
        fastapi = own | {"PATH": programs("rivals")}
        wanted = {
            "haja": sides.haja(json_call, sides.web()),
            "flask": sides.plain("inline", granian("bench.rivals.flask_apps:inline"), **own),
            "fastapi": sides.plain(
                "inline_async", UVICORN + "bench.rivals.fastapi_apps:inline", **fastapi
            ),
        }
        for side in wanted.values():
            side.clients = AI_CLIENTS
        found = play(report, wanted, rounds=3)
    for name, against, least, better in (
        ("flask", "AI inside the request, Flask", 25.0, 30.0),
        ("fastapi", "AI inside the request, async FastAPI", 6.0, 8.0),
    ):
        if min(one.load.quantile(0) for one in found[name]) < AI_SECONDS:
            raise RuntimeError(f"{name} answers before the AI has thought")
        pair = rate(found["haja"]), rate(found[name])
        what = "POST, requests per second"
        report.add(what, against, pair, "/s", least=least, better=better)


def _take_messages(url: str, calls: int) -> None:
    """Empty the queue; raises RuntimeError if it did not hold a chain for each call."""
    with redis.Redis.from_url(url) as client:
        waiting = client.llen("celery")  # the first task's message carries the other three
        client.delete("celery")
    if waiting != calls:
        raise RuntimeError(f"{calls} calls were taken and {waiting} chains are in the queue")


def _helpdesk_call(port: int) -> Callable[[int], bytes]:
    """The form as a browser sends it that has fetched the page once, with its cookie and token."""
    with urlopen(f"http://127.0.0.1:{port}{HELPDESK}") as page:
        cookie = str(page.headers["Set-Cookie"]).partition(";")[0]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
    assert token
    same = {"csrfmiddlewaretoken": token[1], "queue": "1", "priority": "3"}

    def call(number: int) -> bytes:
        said = reports()[number % len(reports())]
        email = said["contact_info"].rpartition(" ")[2]
        own = {"title": said["location"], "body": said["description"], "submitter_email": email}
        return post(HELPDESK, urlencode({**same, **own}).encode(), {**FORM, "Cookie": cookie})

    return call
