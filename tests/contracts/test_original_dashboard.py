"""The calls of the original React dashboard and the fields that it reads, which must not change.

Written from that client's code: URLs, forms and field names are literals here, and none is imported
from Haja. The processes are real.
"""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.typing import Subprotocol

from tests.e2e.http import Answer, Api, call
from tests.page import open_page
from tests.servers.stack import Stack
from tests.waiting import wait_for

USER, PASSWORD = "admin@example.org", "a password of the dashboard's"
DASHBOARD = "http://localhost:3000"
FIELDS = {
    "id",
    "description",
    "category",
    "priority",
    "status",
    "location",
    "contact_info",
    "created_at",
}
LEAK = {"description": "Water is leaking", "location": "Room 3", "contact_info": "a@example.org"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Gateway, web, live and dispatcher: the dashboard does not wait for triage."""
    folder: Path = tmp_path_factory.mktemp("dashboard")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)  # PostgreSQL may run as another user
    admin = {"HAJA_ADMIN_EMAIL": USER, "HAJA_ADMIN_PASSWORD": PASSWORD}
    with Stack(
        folder, ("gateway", "web", "live", "dispatcher"), CORS_ORIGINS=DASHBOARD, **admin
    ) as stack:
        wait_for(lambda: _alive(stack), "web and live answer", seconds=120)
        yield stack


def _alive(stack: Stack) -> bool:
    try:
        parts = call("GET", f"{stack.url}/readyz").json["parts"]
        return bool(parts["live"]["state"] == "ok")
    except OSError:
        return False


@pytest.fixture(scope="module")
def dashboard(stack: Stack) -> Api:
    """Logged in by the OAuth 2 password form, as FastAPI clients do."""
    form = urlencode({"username": USER, "password": PASSWORD}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = call("POST", f"{stack.url}/token", form, kind)
    assert answer.status == 200, answer.body
    assert answer.json["token_type"] == "bearer"
    return Api(stack.url, answer.json["access_token"])


def _submit(stack: Stack, **words: str) -> dict[str, Any]:
    answer = Api(stack.url).send("POST", "/api/requests", LEAK | words)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.json
    return made


def test_a_submission_is_json_in_and_out(stack: Stack) -> None:
    made = _submit(stack)
    assert set(made) >= FIELDS
    assert isinstance(made["id"], int)
    assert {name: made[name] for name in LEAK} == LEAK
    assert (made["category"], made["priority"], made["status"]) == ("pending",) * 3


def test_the_list_is_an_array_with_skip_and_limit(stack: Stack, dashboard: Api) -> None:
    ids = [_submit(stack, location=f"Room {n}")["id"] for n in range(3)]
    rows = dashboard.get("/api/requests?skip=0&limit=3").json
    assert [row["id"] for row in rows] == ids[::-1]
    assert all(set(row) >= FIELDS for row in rows)
    assert [row["id"] for row in dashboard.get("/api/requests?skip=1&limit=1").json] == [ids[1]]
    assert isinstance(dashboard.get("/api/requests").json, list)


def test_a_status_is_patched_alone(stack: Stack, dashboard: Api) -> None:
    made = _submit(stack)
    for status in ("in_progress", "completed"):
        answer = dashboard.send("PATCH", f"/api/requests/{made['id']}", {"status": status})
        assert answer.status == 200, answer.body
        assert answer.json["status"] == status
        assert set(answer.json) >= FIELDS


def test_the_numbers_have_their_names(stack: Stack, dashboard: Api) -> None:
    before = dashboard.get("/api/stats").json
    _submit(stack)
    after = dashboard.get("/api/stats").json
    assert after["total"] == before["total"] + 1
    for group in ("by_category", "by_priority", "by_status"):
        assert sum(after[group].values()) == after["total"]
        assert after[group]["pending"] >= 1


@pytest.mark.parametrize("way", ["header", "subprotocol"])
def test_the_socket_sends_new_requests(stack: Stack, dashboard: Api, way: str) -> None:
    """A script can send a header; a page on another origin cannot, and offers a subprotocol."""
    if way == "header":
        how: dict[str, Any] = {"token": dashboard.token}
    else:
        how = {
            "subprotocols": [Subprotocol("bearer"), Subprotocol(dashboard.token)],
            "origin": DASHBOARD,
        }
    with open_page(stack.live_url, **how) as page:
        data = page.waits_for("new_request", _submit(stack)["id"])["data"]
    assert set(data) >= FIELDS
    assert data["contact_info"] == LEAK["contact_info"]


@pytest.mark.parametrize(
    ("origin", "offered", "status"),
    [
        (DASHBOARD, "bearer, {token}", 101),
        ("https://elsewhere.example.org", "bearer, {token}", 403),
        (DASHBOARD, "bearer, x.y.z", 401),
        (DASHBOARD, "bearer", 401),
        (DASHBOARD, "", 401),
    ],
)
def test_the_socket_is_closed_to_other_origins_and_tokens(
    stack: Stack, dashboard: Api, origin: str, offered: str, status: int
) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": offered.format(token=dashboard.token),
        "Origin": origin,
    }
    with closing(HTTPConnection("127.0.0.1", stack.port, timeout=30)) as connection:
        connection.request("GET", "/ws", headers={k: v for k, v in headers.items() if v})
        with connection.getresponse() as answer:
            assert answer.status == status


def _preflight(stack: Stack, path: str, method: str, origin: str = DASHBOARD) -> Answer:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    return call("OPTIONS", stack.url + path, None, headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/token"), ("GET", "/api/requests"), ("PATCH", "/api/requests/1")],
)
def test_a_dashboard_on_another_origin_may_call(stack: Stack, method: str, path: str) -> None:
    answer = _preflight(stack, path, method)
    assert answer.status in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == DASHBOARD
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed and "content-type" in allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_it_reads_answers_and_their_headers(dashboard: Api) -> None:
    answer = dashboard.get("/api/requests?limit=1", {"Origin": DASHBOARD})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == DASHBOARD
    assert "Origin" in answer.headers["Vary"]
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert {"X-Total-Count", "Link", "ETag", "Location", "X-Request-ID"} <= set(exposed.split(", "))
