"""Real-looking requests to the running stack, watched until all are through: ``make demo``."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from launcher.attach import read_environment
from launcher.demo_client import Client
from launcher.demo_course import Demo, DemoError
from launcher.demo_progress import table
from launcher.demo_ride import Ride
from launcher.environment import ROOT, compose


def main() -> int:
    """Run the demo; 0 when all are through, 1 with the reason when not."""
    environment = compose(ROOT, os.environ)
    known = environment | read_environment(Path(environment["HAJA_DATA_DIR"]))
    try:
        if known.get("HAJA_ENV") == "production":
            raise DemoError(
                "HAJA_ENV=production: 지어낸 요청이 진짜 요청과 섞입니다 · "
                "the demo would mix made-up requests with real ones"
            )
        client = find_client(known, os.environ)
        demo = Demo(client)
        _greet(client)
        demo.run()
    except DemoError as error:
        print(f"haja: {error}")
        return 1
    except KeyboardInterrupt:
        print("\nhaja: 멈췄습니다 · stopped; what was accepted goes on without us")
        return 130
    print(f"\n{table(demo.rides)}\n\n{where_to_look(client, demo.rides)}")
    return 0


def find_client(known: Mapping[str, str], real: Mapping[str, str]) -> Client:
    """Where to send: what the caller's own environment ``real`` names, else the stack of ``known``.

    With the admin's login, if it is known; never to an address that is not this machine's.

    Raises:
        DemoError: nothing of ours answers there.
    """
    elsewhere = real.get("PUBLIC_URL")
    client = Client(elsewhere or f"http://127.0.0.1:{real.get('PORT') or known['PORT']}")
    if client.get("/healthz").status != 200:
        raise DemoError(
            f"{client.base}에서 하자가 대답하지 않습니다 · Haja does not answer at {client.base}: "
            "start it with make run"
        )
    username, password = known.get("HAJA_ADMIN_EMAIL"), known.get("HAJA_ADMIN_PASSWORD")
    if username and password and not elsewhere:
        client.log_in(username, password)
    return client


def _greet(client: Client) -> None:
    who = "관리자로 · as admin" if client.token else "로그인 없이 · without a login"
    print(f"haja: {client.base}, {who}", flush=True)


def where_to_look(client: Client, rides: Sequence[Ride]) -> str:
    """The addresses where the demo's traces can be seen, as people reach the service."""
    public = urlsplit(str(rides[0].shown["status_url"]))
    base = f"{public.scheme}://{public.netloc}"
    rows = [("업무 · Desk", f"{base}/desk"), ("차트 · Dashboard", f"{base}/desk/dashboard")]
    if client.get("/dev/inbox").status != 404:
        rows.append(("메일 · Mails", f"{base}/dev/inbox"))
    for language in ("ko", "en"):
        found = next((ride for ride in rides if ride.example.language == language), None)
        if found:
            rows.append((f"상태 · Status ({language})", str(found.shown["status_url"])))
    return "\n".join(f"  {name}\t{address}" for name, address in rows)
