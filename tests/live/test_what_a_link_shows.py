"""Whatever a link's token opens, and whatever its requester is sent, tells nothing of operators:
``models/visibility.py`` has the rule, and everything that shows a request has to keep to it."""

import json
import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from models.ledger.steps import Claim
from models.maintenance_request import MaintenanceRequest
from models.services import mails
from models.services.canned_replies import add_reply
from models.services.watchers import watch_request
from models.timeline_entry import TimelineEntry
from tests.factories import MailFactory, PhotoFactory, RunFactory, TriageResultFactory, UserFactory
from tests.live.conftest import House, link_of, token_of
from tests.page import open_page
from tests.servers.live_server import LiveServer
from tests.waiting import wait_for
from tests.web.pictures import picture
from web.http.access import ACCESS, LINK, PUBLIC
from web.pages.texts.timeline import TEXTS

SECRETS = {
    "the operator's name": "박비밀반장",
    "the operator's login": "secret-login@house.example",
    "who had it first": "최담당기사",
    "who has it now": "김담당기사",
    "a note": "내부메모: 세입자가 예민함",
    "who watches it": "정비밀관찰자",
    "the watcher's login": "secret-watcher@house.example",
    "a prepared reply's title": "비밀서식: 까다로운 세입자용",
    "the mail server's words": "451 4.7.1 mx.internal.example",
    "why a photo is rejected": "exif of /srv/secret",
    "the telephone": "010-9876-5432",
    "the requester's name": "이세입자",
    "another tenant's report": "옆집의 비밀 이야기",
    "another tenant's address": "neighbour@example.org",
}
REPLY = "몇 호이신가요?"  # meant to be seen
ADDRESS = "tenant@example.org"
LANGUAGES = ("ko", "en")
_REFUSED = (303, 400, 401, 403, 404)


@pytest.fixture
def client(app: Flask, house: House, address: str) -> FlaskClient:
    """Nobody who is logged in."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


@pytest.fixture
def request_(app: Flask, client: FlaskClient, house: House) -> MaintenanceRequest:
    """One with whatever may happen to a request."""
    secret = SECRETS
    login = house.log_in(
        name=secret["the operator's name"], username=secret["the operator's login"]
    )
    house.submit(
        description=secret["another tenant's report"],
        contact_email=secret["another tenant's address"],
    )
    request = house.submit(
        description="화장실에서 물이 새요",
        contact_info=f"{secret['the telephone']} {ADDRESS}",
        contact_email=ADDRESS,
        requester_name=secret["the requester's name"],
        unsure=True,
    )
    operator = {"Authorization": f"Bearer {token_of(login)}"}
    path = f"/api/requests/{request.id}"
    for changes in (
        {"assignee": secret["who had it first"], "priority": "high", "category": "plumbing"},
        {"assignee": secret["who has it now"], "status": "in_progress"},
        {"note": secret["a note"], "reply": REPLY, "question": True},
    ):
        assert client.patch(path, json=changes, headers=operator).status_code == 200
    photo = {"file": (BytesIO(picture()), "a.jpg")}
    assert client.post(f"{path}/upload", data=photo, headers=operator).status_code == 202
    with house.writing() as session:
        PhotoFactory(request_id=request.id, ready=True)
        because = secret["why a photo is rejected"]
        PhotoFactory(request_id=request.id, rejected=True, rejected_because=because)
        TriageResultFactory(request_id=request.id)
        watcher = UserFactory(name=secret["who watches it"], username=secret["the watcher's login"])
        watch_request(session, request.id, watcher.id)
        title = secret["a prepared reply's title"]
        actor = secret["the operator's name"]
        add_reply(session, language="ko", title=title, words=REPLY, actor=actor)
        for event in _events():
            entry = TimelineEntry(
                request_id=request.id,
                event=event,
                actor=secret["the operator's name"],
                data={"reason": secret["the mail server's words"]},
            )
            session.add(entry)
    return request


def _events() -> list[str]:
    """All that may happen around messages and notes."""
    names = [name.removeprefix("timeline.") for name in TEXTS]
    return [one for one in names if one.startswith(("receipt_", "update_", "notice_", "note_"))]


def _told(text: str) -> list[str]:
    """Which secrets it tells, however they are written."""
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
    readings = (text, unescape(text), plain)
    return [what for what, words in SECRETS.items() if any(words in one for one in readings)]


def _address(rule: Rule, request: MaintenanceRequest, photo_id: int) -> str:
    values = {
        "request_id": request.id,
        "reference": request.reference,
        "photo_id": photo_id,
        "size": "large",
        "mail_id": 1,
    }
    given = {name: values.get(name, "x") for name in rule.arguments}
    built = rule.build(given)
    assert built is not None, rule
    return built[1]


def _addresses(app: Flask, request: MaintenanceRequest, photo_id: int) -> Iterator[tuple[str, str]]:
    """The address of everything that can be got, with its endpoint; a new one is among them."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            yield rule.endpoint, _address(rule, request, photo_id)


def test_pages_and_api_tell_no_secret_and_lists_are_closed(
    app: Flask, client: FlaskClient, request_: MaintenanceRequest
) -> None:
    token = link_of(request_)
    own = client.get(f"/api/requests/{request_.id}?token={token}").get_json()
    opened = set()
    for endpoint, address in _addresses(app, request_, own["photos"][0]["id"]):
        for accept in ("text/html", "application/json"):
            for language in LANGUAGES:
                headers = {"Accept": accept, "Accept-Language": language}
                answer = client.get(f"{address}?token={token}", headers=headers)
                said = answer.get_data(as_text=True) + str(answer.headers)
                if endpoint in ("pages.show_status", "requests.get_request"):
                    assert REPLY in said
                assert not _told(said), f"{endpoint} in {language}: {_told(said)}"
                if ACCESS[endpoint].level not in (PUBLIC, LINK):
                    assert answer.status_code in _REFUSED, endpoint
                elif answer.status_code == 200:
                    opened.add(endpoint)
    assert {"pages.show_status", "requests.get_request"} <= opened
    assert not {"requests.list_requests", "exports.export_requests", "pages.show_desk"} & opened


def test_what_a_requester_changes_tells_no_secret(
    client: FlaskClient, request_: MaintenanceRequest
) -> None:
    token = link_of(request_)
    path = f"/api/requests/{request_.id}"
    for field, to in (
        ("file", f"{path}/upload"),
        ("photos", f"/r/{request_.reference}/answers"),
        ("none", f"/r/{request_.reference}/answers"),
        ("photos", f"/r/{request_.reference}/contact"),
    ):
        data = {field: (BytesIO(picture()), "a.jpg"), "answer": "302호", "contact_info": " "}
        answer = client.post(f"{to}?token={token}", data=data, follow_redirects=True)
        assert not _told(answer.get_data(as_text=True)), to
    written = client.post(f"{path}/answers?token={token}", json={"answer": "302호"})
    assert written.status_code == 201 and REPLY in written.get_data(as_text=True)
    assert not _told(written.get_data(as_text=True))
    refused = client.patch(f"{path}?token={token}", json={"status": "completed"})
    assert refused.status_code == 401
    assert not _told(refused.get_data(as_text=True))


def test_live_messages_tell_no_secret(
    live: LiveServer, house: House, request_: MaintenanceRequest
) -> None:
    link = f"{live.url}?token={link_of(request_)}"
    with open_page(link) as page:
        house.publish("new_request", request_.id + 1, request_.id - 1)
        house.publish("stats")
        for _ in range(2):
            house.publish("request_updated", request_.id)
        wait_for(lambda: len(page.heard("request_updated", request_.id)) == 2, "both messages")
        told = list(page.messages)
        with open_page(f"{link}&last={told[0]['id']}") as back:
            back.waits_for("request_updated", request_.id)
            told += back.messages
    assert {message["type"] for message in told} == {"request_updated"}
    said = json.dumps(told, ensure_ascii=False)
    assert REPLY in said and not _told(said)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_known", [False, True])
def test_mails_to_the_requester_tell_no_secret(
    house: House, request_: MaintenanceRequest, language: str, is_known: bool
) -> None:
    with house.writing() as session:
        session.get_one(MaintenanceRequest, request_.id).language = language
        if is_known:
            MailFactory(introduction=True, recipient=ADDRESS)
        for write in (mails.write_receipts, mails.write_updates):
            run = RunFactory(subject_id=request_.id)
            claim = Claim(run.id, 2, 1, 1, 0, run.event, request_.id, "call-1")
            mail = write(session, [claim])[run.id].outgoing
            assert mail.recipient == ADDRESS
            assert (request_.description in mail.text) is is_known
            assert (REPLY in mail.text) is (write is mails.write_updates)
            assert not _told("\n".join((mail.subject, mail.text, mail.html, mail.reply_to)))
