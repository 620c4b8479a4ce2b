"""``flask import requests``: what comes in, what is refused, and that a second run changes nothing."""

import json
import unicodedata
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.ledger.dispatch import release_held, take_due
from models.ledger.events import record_event
from models.ledger.run import Run, Step
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import Filter, list_requests
from models.queries.statistics import read_statistics
from models.timeline_entry import TimelineEntry
from tests.web.spreadsheet_files import KOREAN, bring_in, run, write_rows
from web.spreadsheets.row_schema import read_row
from web.spreadsheets.timestamps import read_moment

pytestmark = pytest.mark.usefixtures("in_transaction")
LEAK = {"description": "물이 새요", "category": "plumbing", "priority": "high"}


def _rows(session: Session) -> list[MaintenanceRequest]:
    session.expire_all()
    return list(session.scalars(select(MaintenanceRequest).order_by(MaintenanceRequest.id)))


def _events(session: Session) -> list[tuple[str, int]]:
    return [(run.event, run.subject_id) for run in session.scalars(select(Run).order_by(Run.id))]


def _jsonl(file: Path, *objects: Any) -> Path:
    file.write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects))
    return file


def test_a_quote_that_is_never_closed_swallows_nothing_unseen(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "book.csv"
    file.write_text('description\nfirst\n"second\nthird\nfourth\n')
    printed = bring_in(app, file)
    assert "line 3: line: A quote opened here is never closed" in printed
    assert [row.description for row in _rows(session)] == ["first"]
    file.write_text('description\n"first\nof two"\nsecond')  # no line break at the end
    assert "2 new, 0 there before, 0 refused" in bring_in(app, file, "--source", "x")


def test_who_reports_something_now_comes_before_what_is_imported(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    bring_in(app, _jsonl(tmp_path / "book.jsonl", {"description": "a"}, {"description": "b"}))
    task = "triage.categorize_request"
    assert take_due(session.connection(), [task]) == []
    fresh = record_event(session, "request_submitted", subject_id=1)
    assert [step.run_id for step in take_due(session.connection(), [task])] == [fresh]
    assert release_held(session.connection(), [task]) == 2
    due = take_due(session.connection(), [task])
    assert {step.event for step in due} == {"request_imported"}


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ","),
        ("cp949", ","),
        ("euc-kr", ","),
        ("cp949", "\t"),
        ("utf-8-sig", ";"),
        ("utf-16", "\t"),
    ],
)
def test_a_korean_spreadsheet(
    app: Flask, session: Session, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    file = tmp_path / "접수대장.csv"
    text = KOREAN if delimiter == "," else _with_delimiter(KOREAN, delimiter)
    file.write_bytes(text.encode(encoding))
    printed = bring_in(app, file)
    assert "3 new, 0 there before, 0 refused" in printed
    assert "ignored columns: 비고" in printed
    leak, light, door = _rows(session)
    assert (leak.description, leak.location) == ("화장실에서 물이 새요", "본관 3층")
    assert (leak.category, leak.priority, leak.status) == ("plumbing", "high", "completed")
    assert (leak.contact_email, leak.requester_name) == ("kim@example.org", "김하자")
    assert leak.created_at.isoformat() == "2026-01-05T00:30:00+00:00"
    assert leak.completed_at is not None
    assert leak.completed_at.isoformat() == "2026-01-05T05:10:00+00:00"
    assert leak.submitted_on.isoformat() == "2026-01-05"
    assert light.description == f"복도 전등이{delimiter} 깜박거려요"
    assert (light.status, light.assignee, leak.assignee) == ("in_progress", "", "박기사")
    assert light.created_at.isoformat() == "2026-01-05T15:00:00+00:00"
    assert (door.category, door.priority, door.language) == ("pending", "pending", "ko")


def _with_delimiter(text: str, delimiter: str) -> str:
    return text.replace(",", delimiter)


def test_what_lacks_words_is_triaged_and_the_rest_is_not_and_nobody_is_mailed(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(KOREAN)
    bring_in(app, file)
    door = _rows(session)[2]
    assert _events(session) == [("request_imported", door.id)]
    tasks = select(Step.task, Step.state).order_by(Step.position)
    assert [tuple(row) for row in session.execute(tasks)] == [
        ("triage.categorize_request", "ready"),
        ("stats.refresh_statistics", "blocked"),
    ]


def test_mail_goes_to_requesters_of_open_requests_when_asked(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    address = {"contact_info": "kim@example.org"}
    done = {"status": "completed", "completed_at": "2026-01-02T00:00:00Z"}
    file = _jsonl(tmp_path / "a.jsonl", LEAK | address, LEAK | address | done, LEAK)
    bring_in(app, file, "--send-mail")
    first = _rows(session)[0]
    assert _events(session) == [("receipt_due", first.id)]


def test_imported_requests_are_found_and_counted(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(KOREAN)
    bring_in(app, file)
    assert [row.location for row in list_requests(session, Filter(q="전등")).rows] == ["별관"]
    numbers = read_statistics(session)
    assert numbers.total == 3
    assert numbers.by_category["plumbing"] == 1
    assert numbers.by_day == {"2026-01-05": 1, "2026-01-06": 1, "2026-01-07": 1}
    row = _rows(session)[0]
    told = session.scalars(
        select(TimelineEntry).where(TimelineEntry.request_id == row.id).order_by(TimelineEntry.id)
    ).all()
    assert [entry.event for entry in told] == ["request_submitted", "request_imported"]
    assert told[0].created_at == row.created_at


def test_a_second_run_makes_nothing_new_and_says_so(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(KOREAN)
    bring_in(app, file)
    before = [(row.id, row.reference) for row in _rows(session)]
    again = tmp_path / "the same under another name.csv"
    again.write_bytes(KOREAN.encode("cp949"))
    assert "0 new, 3 there before, 0 refused" in bring_in(app, again)
    assert [(row.id, row.reference) for row in _rows(session)] == before
    assert len(_events(session)) == 1


def test_it_goes_on_where_it_was_stopped(app: Flask, session: Session, tmp_path: Path) -> None:
    objects = [LEAK | {"location": f"{n}층"} for n in range(30)]
    bring_in(app, _jsonl(tmp_path / "half.jsonl", *objects[:12]))
    printed = bring_in(app, _jsonl(tmp_path / "whole.jsonl", *objects))
    assert "18 new, 12 there before" in printed
    assert [row.location for row in _rows(session)] == [f"{n}층" for n in range(30)]


def test_without_an_id_the_same_line_twice_is_one_request_and_with_ids_two(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    assert "1 new, 1 there before" in bring_in(app, _jsonl(tmp_path / "a.jsonl", LEAK, LEAK))
    numbered = _jsonl(tmp_path / "b.jsonl", LEAK | {"id": 7}, LEAK | {"id": "8"})
    assert "2 new, 0 there before" in bring_in(app, numbered)


def test_the_same_id_with_other_content_is_refused_unless_it_comes_from_elsewhere(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    bring_in(app, _jsonl(tmp_path / "a.jsonl", LEAK | {"id": 7}))
    other = _jsonl(tmp_path / "b.jsonl", LEAK | {"id": 7, "description": "다른 내용"})
    assert "line 1: id: This id came before" in bring_in(app, other)
    assert "1 new" in bring_in(app, other, "--source", "annex")
    assert len(_rows(session)) == 2


def test_a_dry_run_writes_nothing(app: Flask, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(KOREAN + "4,,,,,,,,,,,\r\n")
    errors = tmp_path / "errors.csv"
    printed = bring_in(app, file, "--dry-run", "--errors", errors)
    assert "3 would be new, 0 there before, 1 would be refused" in printed
    assert "line 5: description: This must not be blank." in printed
    assert _rows(session) == [] and _events(session) == []


BAD = [
    ({"description": ""}, "description"),
    ({"description": "x" * 4001}, "description"),
    ({"description": "a\x00b"}, "description"),
    ({"location": "x" * 201}, "location"),
    ({"category": "없는분류"}, "category"),
    ({"priority": "!"}, "priority"),
    ({"status": "open"}, "status"),
    ({"created_at": "어제"}, "created_at"),
    ({"created_at": "45000"}, "created_at"),
    ({"created_at": "2026-13-45"}, "created_at"),
    ({"created_at": "0001-01-01T00:00:00Z"}, "created_at"),
    ({"created_at": "9999-12-31T23:59:59-10:00"}, "created_at"),
    ({"created_at": "2999-01-01"}, "created_at"),
    ({"status": "pending", "completed_at": "2026-01-01"}, "completed_at"),
    ({"created_at": "2026-01-02", "completed_at": "2026-01-01"}, "completed_at"),
    ({"reference": "2026-001"}, "reference"),
]


@pytest.mark.parametrize(("change", "field"), BAD)
def test_a_bad_line_names_its_field_and_stops_no_good_one(
    app: Flask, session: Session, tmp_path: Path, change: dict[str, str], field: str
) -> None:
    good = LEAK | {"location": "1층", "created_at": "", "status": "", "completed_at": ""}
    good |= {"reference": ""}
    file = write_rows(tmp_path / "a.csv", [good, good | change, good | {"location": "2층"}])
    errors = tmp_path / "errors.csv"
    printed = bring_in(app, file, "--errors", errors)
    assert f"line 3: {field}: " in printed
    assert "2 new, 0 there before, 1 refused" in printed
    assert [row.location for row in _rows(session)] == ["1층", "2층"]


def test_refused_lines_can_be_mended_and_imported(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    rows = [LEAK | {"status": "열림", "memo": "=1+1"}, LEAK | {"status": "완료", "memo": ""}]
    errors = tmp_path / "errors.csv"
    bring_in(app, write_rows(tmp_path / "a.csv", rows), "--errors", errors, "--language", "ko")
    refused = errors.read_text(encoding="utf-8-sig")
    assert "haja_error" in refused and "허용된 값" in refused and "=1+1" in refused
    errors.write_text(refused.replace("열림", "보류"))
    assert "1 new, 0 there before, 0 refused" in bring_in(app, errors)
    assert {row.status for row in _rows(session)} == {"completed", "on_hold"}


def test_refused_json_lines_are_kept_too(app: Flask, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = ["no json", "[1]", json.dumps({"description": 5}), json.dumps(LEAK), "", '{"a": 1}']
    file.write_text("\n".join(lines))
    errors = tmp_path / "errors.jsonl"
    printed = bring_in(app, file, "--errors", errors)
    assert "5 lines" in printed and "1 new, 0 there before, 4 refused" in printed
    assert "line 6: description: This is required." in printed
    kept = errors.read_text().splitlines()
    assert kept[:2] == ["no json", "[1]"]
    assert "description" in json.loads(kept[2])["haja_error"]


def test_no_error_file_without_errors(app: Flask, session: Session, tmp_path: Path) -> None:
    errors = tmp_path / "errors.jsonl"
    bring_in(app, _jsonl(tmp_path / "a.jsonl", LEAK), "--errors", errors)
    assert not errors.exists()


def test_torn_rows_are_refused_alone(app: Flask, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(
        "내용,위치\n문,1층\n전등, 복도,2층\n\n한 칸\n".encode()
        + b"\xff\xfe broken,3\n"
        + '"여러\n줄",4층\n'.encode()
    )
    printed = bring_in(app, file)
    assert "line 3: line: There are more cells" in printed
    assert "line 6: description: " in printed
    assert [row.description for row in _rows(session)] == ["문", "한 칸", "여러\n줄"]


def test_an_unclosed_quote_costs_no_more_than_its_lines(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    more = "".join(f"{'가' * 100}{n},x\n" for n in range(3000))
    file.write_text('내용,위치\n문,1층\n"열린 따옴표,2층\n' + more)
    printed = bring_in(app, file)
    assert "line 3: line: This line cannot be read." in printed
    made = session.scalar(select(func.count(MaintenanceRequest.id)))
    assert made is not None and made > 1000


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xml", b"<a/>", "only .csv"),
        ("a.csv", b"", "none of the first 20 lines names the columns"),
        ("a.csv", b"\n\na,b\n1,2\n", "first line has: a,b"),
        ("a.csv", "내용,설명\n1,2\n".encode(), "two columns mean description"),
    ],
)
def test_a_file_that_is_none_says_why(
    app: Flask, session: Session, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    done = run(app, "import", "requests", file)
    assert done.exit_code == 1
    assert reason in done.output


def test_an_unknown_encoding_says_so(app: Flask, session: Session, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", [LEAK])
    assert run(app, "import", "requests", file, "--encoding", "klingon").exit_code == 1


WORKBOOK, OLD_WORKBOOK = b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "content", "korean", "english"),
    [
        ("a.xlsx", WORKBOOK, "통합 문서(.xlsx)", "a workbook of a spreadsheet program (.xlsx)"),
        ("a.csv", WORKBOOK, "통합 문서(.xlsx)", "a workbook of a spreadsheet program (.xlsx)"),
        ("a.jsonl", OLD_WORKBOOK, "통합 문서(.xls)", "a workbook of a spreadsheet program (.xls)"),
        ("a.ods", WORKBOOK, "통합 문서(.ods)", "a workbook of a spreadsheet program (.ods)"),
        ("a.xls", b"", "통합 문서(.xls)", "a workbook of a spreadsheet program (.xls)"),
        ("a.csv", b"\n<HTML><table>", "웹 페이지(HTML)", "a web page (HTML)"),
        ("a.csv", b"a,b", "열 이름이 없습니다", "names the columns"),
        ("a.csv", "내용,설명\n".encode(), "두 열이 같은 뜻", "two columns mean"),
        ("a.pdf", b"%PDF", "파일만 읽을 수 있습니다", "only .csv"),
    ],
)
def test_why_a_file_is_none_is_said_in_both_languages(
    app: Flask, tmp_path: Path, name: str, content: bytes, korean: str, english: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    for language, words in (("ko", korean), ("en", english)):
        done = run(app, "import", "requests", file, "--language", language)
        assert done.exit_code == 1
        assert words in done.output, done.output


def test_all_is_said_in_korean(app: Flask, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("접수 대장\n내용,상태,비고\n문,열림,\n" + "창,,\n")
    errors = tmp_path / "errors.csv"
    printed = bring_in(app, file, "--language", "ko", "--errors", errors)
    assert "3번째 줄: status: 허용된 값" in printed
    assert "열 이름은 2번째 줄에" in printed and "무시한 열: 비고" in printed
    assert "2줄(utf-8): 새로 1, 이미 있음 0, 거절 1" in printed
    assert not any(word in printed for word in ("line", "columns", "refused"))


NFD = unicodedata.normalize("NFD", KOREAN)
TOLD = "sep=;\r\n" + KOREAN.replace('"복도 전등이, 깜박거려요"', "복도 전등이").replace(",", ";")
TITLED = '"유지보수\n접수 대장",,,,,,,,,,,\r\n,,,,,,,,,,,\r\n작성: 김하자,,내용 없음\r\n' + KOREAN


@pytest.mark.parametrize(
    ("text", "first", "encoding"),
    [
        (NFD, 2, "utf-8"),  # CP949 has no letters in pieces
        (NFD, 2, "utf-16"),
        (TOLD, 3, "utf-8-sig"),
        (TOLD, 3, "cp949"),
        (TITLED, 6, "utf-16"),
        (TITLED, 6, "cp949"),
    ],
)
def test_headings_as_they_come(
    app: Flask, session: Session, tmp_path: Path, text: str, first: int, encoding: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes((text + "4,\r\n".replace(",", ";" if text is TOLD else ",")).encode(encoding))
    printed = bring_in(app, file)
    assert f"line {first + 3}: description: " in printed
    assert "3 new, 0 there before, 1 refused" in printed
    leak, light, _ = _rows(session)
    assert (leak.description, leak.location) == ("화장실에서 물이 새요", "본관 3층")
    assert (leak.category, leak.status, light.status) == ("plumbing", "completed", "in_progress")
    assert leak.completed_at is not None
    assert leak.completed_at.isoformat() == "2026-01-05T05:10:00+00:00"


def test_a_row_of_words_that_are_headings_too_is_no_row_of_headings(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("내용,위치,분류\n설명,장소,기타\n")
    assert "1 new" in bring_in(app, file)
    assert _rows(session)[0].description == "설명"


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        ("26-01-05", "2026-01-04T15:00"),
        ("'26.1.5", "2026-01-04T15:00"),
        ("26년 1월 5일 오후 3시 20분", "2026-01-05T06:20"),
        ("2026-01-05 오후 3시 20분", "2026-01-05T06:20"),
        ("2026-01-05 오전 12시", "2026-01-04T15:00"),
        ("2026-01-05 오전 0시 30분", "2026-01-04T15:30"),
        ("2026-01-05 오후 0:30", "2026-01-05T03:30"),
        ("2026. 1. 5. (월) 15시 20분 30초", "2026-01-05T06:20:30"),
        ("2026-01-05 오후3:20", "2026-01-05T06:20"),
        ("2026/01/05 3:20:15 오후", "2026-01-05T06:20:15"),
        ("2026-01-05 3:20 PM", "2026-01-05T06:20"),
        (unicodedata.normalize("NFD", "2026년 1월 5일 오후 3시 20분"), "2026-01-05T06:20"),
    ],
)
def test_times_as_people_write_them(said: str, utc: str) -> None:
    moment = read_moment(said, ZoneInfo("Asia/Seoul"))
    assert moment.isoformat().startswith(utc)


@pytest.mark.parametrize(
    "said",
    [
        "01/05/26",
        "26/01/05",
        "5-1-26",
        "26-13-05",
        "오후 3시 20분",
        "2026-01-05 오후 13시",
        "2026-01-05 오전 3:20 PM",
        "2026-01-05 20분",
        "126-01-05",
    ],
)
def test_what_could_mean_something_else_is_no_time(said: str) -> None:
    values = {"description": "문", "created_at": said}
    read = read_row(values, source="", timezone=ZoneInfo("Asia/Seoul"), language="ko")
    assert isinstance(read, tuple) and read[0].message.startswith("날짜와 시간")


def test_torn_utf_16_is_refused_and_not_replaced(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    lone = b"\x00\xd8"
    text = "내용\n문\n".encode("utf-16-le")
    file.write_bytes(b"\xff\xfe" + text + lone + "a\n창\n".encode("utf-16-le") + b"\x00")
    assert "line 3: description: " in bring_in(app, file)
    assert all("\ufffd" not in row.description for row in _rows(session))
