"""Live messages through the whole stack: from a call to the pages that hear of it."""

import json
from signal import SIGKILL, SIGTERM

import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.conftest import ADMIN
from tests.e2e.house import House
from tests.page import open_page
from tests.waiting import wait_for

POLICY_VIOLATION, SERVICE_RESTART = 1008, 1012


def test_an_operator_hears_of_requests_changes_and_numbers(house: House) -> None:
    with open_page(house.stack.live_url, house.operator.token) as page:
        request = house.submit()
        new = page.waits_for("new_request", request["id"])
        page.waits_for("request_updated", request["id"])
        stats = page.waits_for("stats")
        assert new["data"]["contact_info"] == request["contact_info"]
        assert {"total", "by_category"} <= set(stats["data"])


def test_a_requester_hears_of_the_own_request_only_and_nothing_private(house: House) -> None:
    mine = house.submit(requester_name="비밀 이름")
    token = mine["status_url"].partition("token=")[2]
    house.wait_until_through(mine)
    with open_page(f"{house.stack.live_url}?token={token}") as page:
        house.wait_until_through(house.submit())
        path = f"/api/requests/{mine['id']}"
        note = {"status": "in_progress", "note": "내부 메모"}
        assert house.operator.send("PATCH", path, note).status == 200
        wait_for(
            lambda: any(
                message["data"]["status"] == "in_progress"
                for message in page.heard("request_updated", mine["id"])
            ),
            "the status",
        )
        assert {message["data"]["id"] for message in page.messages} == {mine["id"]}
        wait_for(
            lambda: (
                page.heard("request_updated", mine["id"])[-1]["data"]
                == house.visitor.get(f"{path}?token={token}").json
            ),
            "the last message says how it stands",
        )
    told = json.dumps(page.messages, ensure_ascii=False)
    for private in (mine["contact_info"], "비밀 이름", "내부 메모"):
        assert private not in told


def test_an_open_socket_ends_with_its_login(house: House) -> None:
    other = house.visitor.log_in(*ADMIN.values())
    with open_page(house.stack.live_url, other.token) as page:
        first = house.submit()
        page.waits_for("new_request", first["id"])
        assert other.send("POST", "/token/revoke", {"token": other.token}).status == 204
        house.wait_until_through(house.submit("이 말은 듣지 못한다"))
        assert page.waits_for_the_end() == POLICY_VIOLATION
        assert "이 말은 듣지 못한다" not in json.dumps(page.messages, ensure_ascii=False)


def test_a_pages_cookie_opens_its_socket(house: House) -> None:
    """As the login form sets it."""
    words = dict(zip(("username", "password"), ADMIN.values(), strict=True))
    answer = house.visitor.post_form("/login", words)
    assert answer.status == 303, answer.body
    cookies = "; ".join(one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie") or ())
    headers = {"Cookie": cookies, "Origin": house.stack.url}
    with open_page(house.stack.live_url, additional_headers=headers) as page:
        page.waits_for("new_request", house.submit()["id"])


@pytest.mark.parametrize("query", ["", "?token=forged", "?token=ABCD-EFGH.xxxx"])
def test_nobody_else_listens(house: House, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        with open_page(house.stack.live_url + query):
            pass
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_page_comes_back_after_the_process_has_ended(house: House, how: str) -> None:
    """And misses nothing that was said meanwhile."""
    wait_for(lambda: _answers(house), "the process listens")
    with open_page(house.stack.live_url, house.operator.token) as page:
        page.waits_for("new_request", house.submit()["id"])
        house.stack.kill("live", SIGKILL if how == "killed" else SIGTERM)
        assert page.waits_for_the_end() == (None if how == "killed" else SERVICE_RESTART)
    request = house.submit()
    house.wait_until_through(request)
    wait_for(lambda: _answers(house), "the process is started again")
    with open_page(f"{house.stack.live_url}?last={page.last}", house.operator.token) as back:
        # A Redis that was slow for a moment is an outage: then the page is told to read all anew.
        wait_for(
            lambda: back.heard("new_request", request["id"]) or back.heard("reload"),
            "what was missed",
        )


def _answers(house: House) -> bool:
    try:
        with open_page(house.stack.live_url, house.operator.token):
            return True
    except (OSError, InvalidStatus):  # The gateway says 503 until there is a process again.
        return False
