"""The gateway while nothing else runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.static_files import static_path
from launcher.server import free_port
from tests.crowd import at_once
from tests.e2e.http import Answer, call
from tests.servers.gateway_server import Gateway, serve_gateway
from tests.waiting import wait_for

ENGLISH = {"Accept-Language": "en"}
PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs") / "of the house" / "haja.log"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, log_file: Path) -> Iterator[Gateway]:
    ports = {name: str(free_port()) for name in ("WEB_PORT", "LIVE_PORT", "FLOWER_PORT")}
    folder = tmp_path_factory.mktemp("alone")
    with serve_gateway(folder, LOG_FILE=str(log_file), **ports) as gateway:
        yield gateway


# The gateway waits a while for the others before it gives up: all at once.
PROGRAMS = [
    (path, language) for path in ("/api/requests", "/ws", "/token") for language in ("ko", "en-GB")
]
PEOPLE = [
    (path, language)
    for path in ("/", "/desk", "/flower/")
    for language in ("ko-KR,ko;q=0.9,en;q=0.5", "en")
]
TITLES = {"ko": "잠시 쉬는 중", "en": "Away for a moment"}


def _get(alone: Gateway, path: str, language: str) -> Answer:
    return call("GET", alone.address + path, None, {"Accept-Language": language, **PAGE})


def test_programs_get_a_problem_document(alone: Gateway) -> None:
    answers = at_once(len(PROGRAMS), lambda number: _get(alone, *PROGRAMS[number]))
    for (_, language), answer in zip(PROGRAMS, answers, strict=True):
        assert answer.status == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["title"] == TITLES[language[:2]]
        assert answer.json["type"] == "/docs/problems#away"


def test_people_get_a_page(alone: Gateway) -> None:
    answers = at_once(len(PEOPLE), lambda number: _get(alone, *PEOPLE[number]))
    for (_, language), answer in zip(PEOPLE, answers, strict=True):
        assert answer.status == 503
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.headers["Content-Language"] == language[:2]
        assert TITLES[language[:2]] in answer.body.decode()
        assert answer.headers["Server"] is None


def test_its_log_is_in_a_file_beside_the_others(alone: Gateway, log_file: Path) -> None:
    path = log_file.with_name("haja.gateway.log")
    wait_for(path.read_bytes, "the gateway wrote its file")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() in alone.log.read_text()


def test_static_files_are_there(alone: Gateway) -> None:
    assert call("GET", alone.address + static_path("favicon.svg")).status == 200


def test_figures_of_flower_are_for_nobody(alone: Gateway) -> None:
    for path in (
        "/flower/metrics",
        "/flower/metrics/",
        "/flower/%6detrics",
        "/flower//metrics",
    ):
        answer = call("GET", alone.address + path, None, ENGLISH)
        assert answer.status == 404, path


def test_what_is_written_down_names_no_token(alone: Gateway) -> None:
    call(
        "GET",
        f"{alone.address}/r/ABC?token=s3cr3t-token",
        None,
        {"Authorization": "Bearer s3cr3t"},
    )
    assert "s3cr3t" not in alone.log.read_text()
