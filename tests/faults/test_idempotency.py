"""One request per idempotency key, also for concurrent calls and clients that disconnect."""

import json
import socket
import uuid

import pytest

from tests.crowd import at_once
from tests.faults.calls import Answer, call
from tests.faults.stack import StormStack
from tests.waiting import wait_for

CLIENTS = 50


def _count(stack: StormStack, key: str) -> int:
    connection = stack.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM maintenance_requests WHERE idempotency_key LIKE %s",
                (f"%:{key}",),
            )
            row = cursor.fetchone()
            return int(row[0]) if row else 0
    finally:
        connection.close()


def _post(stack: StormStack, key: str, description: str) -> Answer:
    headers = {"Idempotency-Key": key}
    return call(f"{stack.url}/api/requests", {"description": description}, headers=headers)


def test_fifty_at_once_make_one_request(whole: StormStack) -> None:
    key = uuid.uuid4().hex
    answers = at_once(CLIENTS, lambda _: _post(whole, key, "물이 새요"))
    assert {answer.status for answer in answers} == {201}
    made = [answer for answer in answers if "Idempotent-Replayed" not in answer.headers]
    assert len(made) == 1
    assert len({_unchanging(answer) for answer in answers}) == 1
    assert _count(whole, key) == 1


def _unchanging(answer: Answer) -> str:
    """The answer without the fields that workers may change between two answers."""
    moving = ("category", "priority", "updated_at")
    return json.dumps({k: v for k, v in answer.json.items() if k not in moving}, sort_keys=True)


def test_a_key_with_other_content_is_refused(whole: StormStack) -> None:
    key = uuid.uuid4().hex
    assert _post(whole, key, "첫 번째").status == 201
    other = _post(whole, key, "두 번째")
    assert other.status == 422
    assert other.headers["Content-Type"] == "application/problem+json"
    assert _count(whole, key) == 1


@pytest.mark.parametrize("when", ["at once", "before the answer is read"])
def test_a_client_that_disconnected_gets_the_answer_by_repeating(
    whole: StormStack, when: str
) -> None:
    """Whether the first call was taken or not: there is one request, and its answer."""
    key = uuid.uuid4().hex
    body = json.dumps({"description": "전등이 나갔어요"}).encode()
    with socket.create_connection(("127.0.0.1", whole.port), timeout=30) as connection:
        connection.sendall(
            b"POST /api/requests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        if when == "before the answer is read":
            wait_for(lambda: _count(whole, key), "the request is stored")
    again = _post(whole, key, "전등이 나갔어요")
    assert again.status == 201
    if when == "before the answer is read":
        assert again.headers["Idempotent-Replayed"] == "true"
    assert _count(whole, key) == 1
