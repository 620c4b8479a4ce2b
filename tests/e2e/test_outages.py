"""Whatever dies behind the intake: it takes requests all the same, and all of them get through."""

import signal
import time

from redis import Redis

from tests.e2e.house import House
from tests.waiting import wait_for


def test_redis_stopped_and_back(house: House) -> None:
    before = house.submit()
    house.wait_until_through(before)
    house.stack.redis.kill()
    started = time.monotonic()
    requests = [house.submit() for _ in range(10)]
    took = time.monotonic() - started
    assert took < 10 * 1.0, "the intake waits for Redis"
    assert house.see(requests[0])["category"] == "pending"
    wait_for(
        lambda: house.visitor.get("/readyz").json["parts"]["broker"]["state"] == "down",
        "readyz tells",
    )
    answer = house.visitor.get("/readyz")
    assert (answer.status, answer.json["status"]) == (200, "degraded")
    house.stack.redis.start()
    house.wait_until_through(*requests)
    assert set(house.receipts(*requests).values()) == {1}


def test_redis_frozen(house: House) -> None:
    house.stack.redis.pause()
    try:
        requests = []
        for _ in range(5):
            started = time.monotonic()
            requests.append(house.submit())
            assert time.monotonic() - started < 10
    finally:
        house.stack.redis.resume()
    house.wait_until_through(*requests)
    assert set(house.receipts(*requests).values()) == {1}


def test_redis_wiped_under_way(house: House) -> None:
    requests = []
    with Redis.from_url(house.stack.redis.url) as redis:
        for _ in range(5):
            requests += [house.submit() for _ in range(5)]
            redis.flushall()
    house.wait_until_through(*requests)
    assert set(house.receipts(*requests).values()) == {1}


def test_a_worker_killed_in_the_middle_of_a_mail(house: House) -> None:
    """Before the hand-over nothing was sent: another runner sends it, once."""
    house.smtp.rules.set(rcpt="hang")
    request = house.submit()
    wait_for(lambda: _state(house, request["id"]) == "running", "the mail is under way")
    wait_for(lambda: not house.smtp.idle, "the worker talks to the server")
    house.stack.kill("mail")
    house.smtp.rules.set()
    house.wait_until_through(request)
    assert house.receipts(request)[request["reference"]] == 1


def test_a_worker_killed_while_handing_over(house: House) -> None:
    """Nobody can know whether the mail arrived: it is not sent again, and the desk hears of it."""
    house.smtp.rules.set(dot="accept_hang")
    request = house.submit()
    wait_for(lambda: house.mails_to(request["contact_info"]), "the mail arrived")
    house.stack.kill("mail")
    house.smtp.rules.set()
    wait_for(lambda: _state(house, request["id"]) == "unknown", "it is unknown")
    mail = house.sql("SELECT state FROM mails WHERE request_id = %s", request["id"])
    assert ("unknown",) in mail
    later = house.submit()
    house.wait_until_through(later)
    assert len(house.mails_to(request["contact_info"])) == 1


def test_workers_killed_under_load(house: House) -> None:
    requests = [house.submit() for _ in range(15)]
    for name in ("triage", "stats", "dispatcher"):
        house.stack.kill(name)
    requests += [house.submit() for _ in range(15)]
    house.wait_until_through(*requests)
    assert set(house.receipts(*requests).values()) == {1}
    results = house.sql(
        "SELECT count(*) FROM triage_results WHERE request_id = ANY(%s)",
        [request["id"] for request in requests],
    )
    assert results == [(30,)]


def test_a_stopped_worker_finishes_what_it_holds(house: House) -> None:
    house.smtp.rules.set(mail="hang")
    request = house.submit()
    wait_for(lambda: _state(house, request["id"]) == "running", "the mail is under way")
    house.stack.kill("mail", signal.SIGTERM)
    house.smtp.rules.set()
    house.wait_until_through(request)
    assert house.receipts(request)[request["reference"]] == 1


def _state(house: House, request_id: int) -> str:
    rows = house.sql(
        """
        SELECT s.state FROM steps s JOIN runs r ON r.id = s.run_id
        WHERE r.event = 'receipt_due' AND r.subject_id = %s
        """,
        request_id,
    )
    return str(rows[0][0])
