"""Prepared replies: kept on a page, and inserted with what the request has for their placeholders."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.canned_reply import CannedReply
from models.services import canned_replies
from models.services.canned_replies import add_reply, fill_reply, list_replies
from tests.factories import RequestFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read


def _add(session: Session, words: str, *, language: str = "ko", title: str = "방문") -> CannedReply:
    reply = add_reply(session, language=language, title=title, words=words, actor="Kim")
    session.commit()
    return reply


def _post(desk: FlaskClient, path: str, status: int, **given: str) -> Document | None:
    answer = desk.post(path, data={"csrf_token": csrf(desk), **given})
    if status == 303:
        assert answer.status_code == 303, answer.text
        return None
    return read(answer, status)


@pytest.mark.parametrize(
    ("words", "traits", "filled"),
    [
        ("{name}님, {place}에 갑니다. {reference}", {}, "김하자님, 본관에 갑니다. AB"),
        ("{place:으로} {name:이}", {"location": "3층 로비"}, "로 가"),
        ("{name:은} {other} {name:x} {}", {"requester_name": "Kim"}, "은 {other} {name:x} {}"),
        ("{name}, {place}", {"requester_name": "", "location": ""}, "신청자, 신고하신 곳"),
        ("{name}: {place}", {"requester_name": "{place}"}, "{place}: 본관"),
    ],
)
def test_placeholders_are_filled_from_the_request(
    session: Session, words: str, traits: dict[str, str], filled: str
) -> None:
    row = RequestFactory(**{"reference": "AB", "location": "본관", **traits})
    assert fill_reply(words, row) == filled


def test_operators_keep_them_on_a_page(desk: FlaskClient, session: Session) -> None:
    new = {"language": "en", "title": "Visit", "text": "We come to {place}."}
    _post(desk, "/desk/replies", 303, **new)
    (reply,) = list_replies(session)
    assert (reply.language, reply.text, bool(reply.updated_by)) == ("en", new["text"], True)
    page = _post(desk, "/desk/replies", 422, **new)
    assert page and "one with this title" in page.text
    path = f"/desk/replies/{reply.id}"
    page = _post(desk, path, 422, title="Visit", text="{flat}", version="1")
    assert page and "The placeholders are {reference}" in page.text
    assert page.one("textarea", id=f"text-{reply.id}").text.strip() == "{flat}"
    page = _post(desk, path, 412, title="Visit", text="mine", version="7")
    assert page and page.one("textarea", id=f"text-{reply.id}").text.strip() == "mine"
    _post(desk, path, 303, title="Visit", text="Tomorrow", version="1")
    session.expire_all()
    assert [one.text for one in list_replies(session)] == ["Tomorrow"]
    for _ in range(2):
        _post(desk, path, 303, delete="1")
    assert not list_replies(session)
    page = _post(desk, path, 404, title="Visit", text="a", version="1")


@pytest.mark.parametrize(
    ("field", "value"), [("title", " "), ("title", "x" * 81), ("text", ""), ("text", "x" * 2001)]
)
def test_what_is_no_reply_is_refused_and_kept(desk: FlaskClient, field: str, value: str) -> None:
    given = {"language": "en", "title": "Visit", "text": "words", field: value}
    page = _post(desk, "/desk/replies", 422, **given)
    assert page and page.one("p", id=f"{field}-new-error").text


def test_there_are_only_so_many(
    desk: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canned_replies, "MOST", 1)
    _add(session, "a", language="en")
    _post(desk, "/desk/replies", 422, language="en", title="b", text="b")
    _post(desk, "/desk/replies", 303, language="ko", title="b", text="b")


def test_a_reply_in_the_requesters_language_comes_behind_what_was_typed(
    desk: FlaskClient, session: Session
) -> None:
    korean = _add(session, "{name}님, 내일 {place}에 갑니다.")
    english = _add(session, "Tomorrow", language="en", title="Visit")
    row = RequestFactory(categorized=True, location="본관")
    page = read(desk.get(f"/desk/requests/{row.id}"))
    offered = [one["value"] for one in page.all("option", lang="ko")]
    assert str(korean.id) in offered and not page.all("option", lang="en")
    path = f"/desk/requests/{row.id}/canned"
    filled = _post(desk, path, 200, canned=str(korean.id), reply="안녕하세요", question="1")
    assert filled
    assert filled.by_name("reply").text.strip() == "안녕하세요\n\n김하자님, 내일 본관에 갑니다."
    assert filled.one("input", id="question").get("checked") is not None
    same = _post(desk, path, 200, canned="", reply="안녕하세요")
    assert same and same.by_name("reply").text.strip() == "안녕하세요"
    english_id = english.id
    session.delete(english)
    session.commit()
    gone = _post(desk, path, 404, canned=str(english_id), reply="안녕하세요")
    assert gone and gone.by_name("reply").text.strip() == "안녕하세요"
