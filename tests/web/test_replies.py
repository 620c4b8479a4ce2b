"""Prepared replies by the API and from a terminal."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.services.canned_replies import add_reply, list_replies
from tests.web.conftest import Headers
from tests.web.problems import check_problem


def _keep(session: Session) -> None:
    words = {"actor": "이운영"}
    add_reply(session, language="ko", title="방문", words="{name:은} 집에 계세요", **words)
    add_reply(session, language="en", title="Visit", words="We come tomorrow", **words)
    session.commit()


def test_operators_read_them(client: FlaskClient, session: Session, operator: Headers) -> None:
    _keep(session)
    answer = client.get("/api/replies", headers=operator)
    assert [(one["language"], one["title"]) for one in answer.get_json()] == [
        ("ko", "방문"),
        ("en", "Visit"),
    ]
    assert answer.get_json()[0]["text"] == "{name:은} 집에 계세요"
    held = {**operator, "If-None-Match": answer.headers["ETag"]}
    assert client.get("/api/replies", headers=held).status_code == 304
    english = client.get("/api/replies?language=en", headers=operator).get_json()
    assert [one["title"] for one in english] == ["Visit"]


def test_nobody_else_does(client: FlaskClient, operator: Headers) -> None:
    check_problem(client.get("/api/replies"), 401)
    for query in ("language=fr", "words=a", "language=ko&language=en"):
        check_problem(client.get(f"/api/replies?{query}", headers=operator), 422)


def _run(app: Flask, *arguments: str, **options: Any) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["replies", *arguments], **options)
    return result.exit_code, result.output


def test_they_are_listed_added_and_removed(
    app: Flask, in_transaction: None, session: Session
) -> None:
    _keep(session)
    assert _run(app, "add", "ko", "늦음", "죄송합니다.\n내일 갑니다.")[0] == 0
    assert _run(app, "add", "en", "Late", input="Sorry, {name}.\n") == (
        0,
        f"{_number(session, 'Late')}: added\n",
    )
    _, listed = _run(app, "list", "--language", "ko")
    assert [line.split("  ", 1)[1] for line in listed.splitlines()] == [
        "ko  늦음  죄송합니다.",
        "ko  방문  {name:은} 집에 계세요",
    ]
    number = _number(session, "늦음")
    assert _run(app, "remove", str(number)) == (0, f"{number}: 늦음 removed\n")
    assert _run(app, "remove", str(number))[0] == 1
    assert {one.title for one in list_replies(session)} == {"방문", "Visit", "Late"}


def _number(session: Session, title: str) -> int:
    (found,) = (one.id for one in list_replies(session) if one.title == title)
    return found


@pytest.mark.parametrize(
    ("title", "words", "told"),
    [
        ("방문", "또", "title"),
        ("", "말", "title"),
        ("새", "{flat} 호", "text"),
        ("새", " ", "text"),
        ("새", "가" * 2001, "text"),
    ],
)
def test_what_is_refused_is_named(
    app: Flask, in_transaction: None, session: Session, title: str, words: str, told: str
) -> None:
    _keep(session)
    code, output = _run(app, "add", "ko", title, words)
    assert code == 1 and output.startswith("Error: " + told)
    assert len(list_replies(session)) == 2
