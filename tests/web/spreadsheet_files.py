"""Files as people have them, and the commands that read and write them."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask

KOREAN = (
    "번호,내용,위치,연락처,이름,분류,긴급도,상태,담당자,접수일시,완료일시,비고\r\n"
    "1,화장실에서 물이 새요,본관 3층,kim@example.org,김하자,배관·누수,높음,완료,박기사,"
    "2026-01-05 09:30,2026-01-05 오후 2:10,급함\r\n"
    '2,"복도 전등이, 깜박거려요",별관,010-1234-5678,이도윤,전기,보통,처리 중,,2026. 1. 6.,,\r\n'
    "3,문이 안 닫혀요,B동 302호,,,,,접수,,2026/01/07 08:00,,\r\n"
)


def run(app: Flask, *arguments: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])


def bring_in(app: Flask, file: Path, *options: str | Path) -> str:
    """Import a file that can be read; returns what was printed."""
    done = run(app, "import", "requests", file, *options)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def write_rows(file: Path, rows: list[dict[str, Any]], **how: Any) -> Path:
    with file.open("w", encoding=how.pop("encoding", "utf-8"), newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), **how)
        writer.writeheader()
        writer.writerows(rows)
    return file


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


Snapshot = Callable[[], list[dict[str, Any]]]
