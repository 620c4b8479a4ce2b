"""One request from the form to the desk, on real processes."""

from io import BytesIO
from typing import Any

from werkzeug.datastructures import FileStorage

from tests.e2e.house import House
from tests.e2e.http import Api, call
from tests.page import open_page
from tests.servers.s3_server import ACCOUNT, REGION, S3Server
from tests.waiting import wait_for
from tests.web.pictures import picture


def test_every_part_is_ready(house: House) -> None:
    parts = house.visitor.get("/readyz").json["parts"]
    assert {"database", "broker", "workers", "beat", "mail", "storage"} <= set(parts)
    assert all("state" in part and "age" in part for part in parts.values())


def test_a_request_rides_through_every_room(house: House) -> None:
    request = house.submit("3층 화장실 천장에서 물이 계속 떨어져요", location="본관 3층")
    assert request["status"] == request["category"] == request["priority"] == "pending"
    house.wait_until_through(request)
    seen = house.see(request)
    assert seen["category"] == "plumbing"
    assert seen["priority"] != "pending"
    assert seen["triage"]["category"] == "plumbing" and 0 < seen["triage"]["confidence"] <= 1
    events = [entry["event"] for entry in seen["timeline"]]
    assert events.index("request_submitted") < events.index("request_categorized")
    (receipt,) = house.mails_to(request["contact_info"])
    assert request["reference"] in receipt.parsed["Subject"]
    text = receipt.parsed.get_body(("plain",))
    assert text is not None
    assert request["status_url"] in text.get_content()
    wait_for(
        lambda: any(
            request["reference"] in str(mail.parsed["Subject"])
            for mail in house.mails_to("desk@example.org")
        ),
        "the operators' notice",
    )
    listed = house.operator.get(f"/api/requests?q={request['reference']}").json
    assert [row["id"] for row in listed] == [request["id"]]


def test_an_english_request_is_answered_in_english(house: House) -> None:
    request = house.submit("There is no hot water in flat 12", language="en")
    house.wait_until_through(request)
    (receipt,) = house.mails_to(request["contact_info"])
    assert "We have your request" in receipt.parsed["Subject"]


def test_a_change_mails_the_requester_once(house: House) -> None:
    request = house.submit()
    house.wait_until_through(request)
    path = f"/api/requests/{request['id']}"
    assert house.operator.send("PATCH", path, {"status": "in_progress"}).status == 200
    wait_for(lambda: len(house.mails_to(request["contact_info"])) == 2, "the update")
    assert "처리 중" in house.mails_to(request["contact_info"])[1].parsed["Subject"]
    # The same again changes nothing and mails nobody; a later change shows that nothing came between.
    assert house.operator.send("PATCH", path, {"status": "in_progress"}).status == 200
    assert house.operator.send("PATCH", path, {"status": "completed"}).status == 200
    wait_for(lambda: len(house.mails_to(request["contact_info"])) >= 3, "the second update")
    mails = house.mails_to(request["contact_info"])
    assert len(mails) == 3
    assert "완료" in mails[2].parsed["Subject"]


def test_a_question_is_answered(house: House) -> None:
    request = house.submit()
    house.wait_until_through(request)
    path = f"/api/requests/{request['id']}"
    token = request["status_url"].partition("token=")[2]
    with open_page(house.stack.live_url, house.operator.token) as page:
        asked = {"reply": "몇 호이신가요?", "question": True, "note": "내부 메모"}
        assert house.operator.send("PATCH", path, asked).status == 200
        wait_for(lambda: len(house.mails_to(request["contact_info"])) == 2, "the question")
        mail = house.mails_to(request["contact_info"])[1].parsed
        text = mail.get_body(("plain",))
        assert text is not None and "질문" in mail["Subject"]
        assert "몇 호이신가요?" in text.get_content() and "내부 메모" not in str(mail)
        heard = len(page.heard("request_updated", request["id"]))
        answer = house.visitor.send("POST", f"{path}/answers?token={token}", {"answer": "302호"})
        assert answer.status == 201 and answer.json["status"] == "pending"
        wait_for(lambda: len(_answers_told(house, request)) == 1, "the operators are told")
        wait_for(
            lambda: len(page.heard("request_updated", request["id"])) > heard, "open pages hear"
        )
    house.wait_until_through(request)
    assert len(_answers_told(house, request)) == 1
    assert len(house.mails_to(request["contact_info"])) == 2


def test_a_link_is_revoked_and_the_new_one_mailed(house: House) -> None:
    request = house.submit()
    house.wait_until_through(request)
    path = f"/api/requests/{request['id']}"
    token = request["status_url"].partition("token=")[2]
    with open_page(f"{house.stack.live_url}?token={token}") as page:
        revoked = house.operator.send("POST", f"{path}/link", {"revoke": True})
        assert revoked.status == 200
        assert page.waits_for_the_end() == 1008
    assert house.visitor.get(f"{path}?token={token}").status == 410
    wait_for(lambda: len(house.mails_to(request["contact_info"])) == 2, "the new link")
    text = house.mails_to(request["contact_info"])[1].parsed.get_body(("plain",))
    assert text is not None and revoked.json["status_url"] in text.get_content()
    new = revoked.json["status_url"].partition("token=")[2]
    assert house.visitor.get(f"{path}?token={new}").status == 200


def _answers_told(house: House, request: dict[str, Any]) -> list[str]:
    subjects = [str(mail.parsed["Subject"]) for mail in house.mails_to("desk@example.org")]
    return [one for one in subjects if request["reference"] in one and "신청자의 답" in one]


def test_the_statistics_equal_the_rows(house: House) -> None:
    requests = [house.submit() for _ in range(5)]
    house.wait_until_through(*requests)
    stats = house.operator.get("/api/stats").json
    for name in ("category", "priority", "status"):
        counted = dict(house.sql(f"SELECT {name}, count(*) FROM maintenance_requests GROUP BY 1"))
        shown = {word: n for word, n in stats[f"by_{name}"].items() if n}
        assert shown == counted
    assert stats["total"] == house.sql("SELECT count(*) FROM maintenance_requests")[0][0]
    assert sum(stats["by_day"].values()) == stats["total"]


def _submit_with_photo(house: House) -> dict[str, Any]:
    photo = FileStorage(BytesIO(picture(colour="blue")), "고장.jpg", content_type="image/jpeg")
    words = {"description": "벽에 금이 갔어요", "photos": photo}
    answer = house.visitor.post_files("/api/requests", words)
    assert answer.status == 201, answer.body
    request: dict[str, Any] = answer.json
    return request


def _ready_photo(house: House, request: dict[str, Any]) -> dict[str, Any]:
    wait_for(lambda: house.see(request)["photos"][0]["state"] == "ready", "the photo", seconds=120)
    photo: dict[str, Any] = house.see(request)["photos"][0]
    return photo


def test_photos_in_the_folder(house: House) -> None:
    request = _submit_with_photo(house)
    photo = _ready_photo(house, request)
    for accept, kind in (
        ("image/avif,image/webp,*/*", "image/avif"),
        ("image/webp,*/*", "image/webp"),
        ("*/*", "image/jpeg"),
    ):
        answer = house.operator.get(photo["url"], {"Accept": accept})
        assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
        assert "Accept" in answer.headers["Vary"].split(", ")
    assert house.visitor.get(photo["url"]).status == 401
    thumb = house.operator.get(f"{photo['url']}/thumb")
    assert thumb.status == 200
    cached = house.operator.get(f"{photo['url']}/thumb", {"If-None-Match": thumb.headers["ETag"]})
    assert cached.status == 304
    assert house.sql("SELECT count(*) FROM photo_originals")[0][0] == 0


def test_a_later_photo_by_the_link(house: House) -> None:
    request = house.submit()
    token = request["status_url"].partition("token=")[2]
    photo = FileStorage(BytesIO(picture("PNG", "green")), "a.png", content_type="image/png")
    path = f"/api/requests/{request['id']}/upload"
    answer = house.visitor.post_files(f"{path}?token={token}", {"file": photo})
    assert answer.status == 202
    assert answer.json["state"] == "processing"
    _ready_photo(house, request)
    # The address that the link's holder gets works for them.
    body = house.visitor.get(f"/api/requests/{request['id']}?token={token}").json
    assert house.visitor.get(body["photos"][0]["url"]).status == 200


def test_photos_in_s3(house: House) -> None:
    with S3Server() as s3:
        s3.make_bucket("photos")
        account = {name.upper(): value for name, value in ACCOUNT.items()}
        bucket = {"S3_BUCKET": "photos", "AWS_ENDPOINT_URL": s3.url, "AWS_REGION": REGION}
        house.stack.change(("web", "photos"), account | bucket)
        try:
            wait_for(lambda: _answers(house.visitor), "the web is back")
            request = _submit_with_photo(house)
            photo = _ready_photo(house, request)
            answer = house.operator.get(photo["url"])
            assert answer.status == 302
            stored = call("GET", answer.headers["Location"])
            assert (stored.status, stored.headers["Content-Type"]) == (200, "image/jpeg")
        finally:
            house.stack.change(("web", "photos"), {"S3_BUCKET": "", "AWS_ENDPOINT_URL": ""})
    wait_for(lambda: _answers(house.visitor), "the web is back")


def _answers(api: Api) -> bool:
    try:
        return api.get("/healthz").status == 200
    except OSError:
        return False


def test_a_report_is_sent_on_request(house: House) -> None:
    house.submit()
    said = house.stack.run("flask --app web:create_app reports send")
    assert "boss@example.org" in said
    for address in ("boss@example.org", "office@example.org"):
        (mail,) = wait_for(
            lambda address=address: house.mails_to(address),  # type: ignore[misc]
            "the report",
            seconds=120,
        )
        assert "일일 보고" in mail.parsed["Subject"]
        pictures = [p for p in mail.parsed.walk() if p.get_content_type() == "image/png"]
        assert len(pictures) == 1
        assert pictures[0].get_payload(decode=True)[:4] == b"\x89PNG"  # type: ignore[index]


def test_flower_wants_credentials(house: House) -> None:
    flower = Api(f"{house.stack.url}/flower")
    wait_for(lambda: _answers_flower(flower), "flower")
    for path in ("/", "/workers", "/tasks", "/api/workers", "/broker"):
        assert flower.get(path).status == 401, path
    assert flower.get("/metrics").status == 404
    login = {"Authorization": "Basic Zmxvd2VyOmEgcGFzc3dvcmQgZm9yIGZsb3dlcg=="}
    assert flower.get("/workers", login).status == 200
    house.wait_until_through(house.submit())
    wait_for(
        lambda: b"triage.categorize_request" in flower.get("/api/tasks", login).body,
        "the tasks show in flower",
    )


def _answers_flower(flower: Api) -> bool:
    try:
        return flower.get("/").status == 401
    except OSError:
        return False


def test_beat_keeps_ticking(house: House) -> None:
    ticks = "SELECT extract(epoch FROM now() - at) < 30 FROM heartbeats WHERE part = 'beat'"
    wait_for(lambda: house.sql(ticks) == [(True,)], "a tick")
    # A fresh installation takes the marks of what is scheduled and starts nothing for the past.
    kinds = [row[0] for row in house.sql("SELECT DISTINCT kind FROM periods ORDER BY 1")]
    assert kinds == ["daily_report", "rebuild", "thinning", "weekly_report"]
