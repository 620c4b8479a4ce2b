"""The demo says the truth about what it sees, against a desk that plays each case."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.demo import find_client, main, where_to_look
from launcher.demo_client import Client
from launcher.demo_course import Demo, DemoError
from launcher.demo_examples import EXAMPLES, Example
from launcher.demo_progress import table
from launcher.demo_scenes import SCENES, draw_scene
from launcher.server import free_port
from models.ports import TriageText
from models.services.contacts import find_email
from models.services.picture_format import sniff
from models.words import Category, Priority
from tests.launcher.demo_desk import CATEGORIZED, RECEIPT, REFUSED, Desk, serve
from worker.adapters.ai.embedded import EmbeddedEngine

PLAIN = Example("ko", "물이 새요", "103동", "김하자", "kim@example.com")
WITH_PHOTOS = Example("en", "A leak", "Flat 1", "Ann", "ann@example.com", ("leak", "puddle"))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    with serve(desk) as address:
        yield Client(address)


def test_all_are_followed_until_they_are_through(
    desk: Desk, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = [{"state": "ready"}, {"state": "ready"}]
    later = {"photos": photos, "updated_at": "2026-01-01T00:00:04Z"}
    desk.course = [{"photos": [{"state": "processing"}] * 2}, CATEGORIZED, RECEIPT, later]
    demo = Demo(client, [WITH_PHOTOS])
    demo.run()
    assert demo.rides[0].through
    assert demo.rides[0].seconds == 4
    assert "REF-1      plumbing  high         4.00  2" in table(demo.rides)
    assert "accepted 1/1 · 분류 triage 1/1 · 메일 receipts 1/1 · 사진 photos 2/2" in (
        capsys.readouterr().out
    )


def test_fields_and_photos_arrive_as_they_were(desk: Desk, client: Client) -> None:
    desk.course = [CATEGORIZED, RECEIPT, {"photos": [{"state": "ready"}] * 2}]
    Demo(client, [PLAIN, WITH_PHOTOS]).run()
    assert desk.forms[0]["description"] == PLAIN.description
    assert desk.forms[0]["contact_info"] == PLAIN.contact
    assert desk.forms[1]["language"] == "en"
    assert [sniff(content) for _, content in desk.forms[1]["photos"]] == ["image/jpeg"] * 2


def test_a_pause_that_is_asked_for_is_kept_with_the_same_key(desk: Desk, client: Client) -> None:
    desk.refusals = [(429, "1"), (503, "1")]
    desk.course = [CATEGORIZED, RECEIPT]
    Demo(client, [PLAIN]).run()
    assert len(desk.keys) == 3
    assert len(set(desk.keys)) == 1


def test_a_refused_submission_ends_it(desk: Desk, client: Client) -> None:
    desk.refusals = [(422, "")]
    with pytest.raises(DemoError, match="not accepted: 422 no"):
        Demo(client, [PLAIN]).run()


def test_a_refused_receipt_is_named(desk: Desk, client: Client) -> None:
    desk.course = [CATEGORIZED, REFUSED]
    with pytest.raises(DemoError, match="REF-1: the mail server refused the receipt"):
        Demo(client, [PLAIN]).run()


def test_time_runs_out_and_says_what_is_missing(desk: Desk, client: Client) -> None:
    desk.course = [{}, CATEGORIZED]
    with pytest.raises(DemoError, match="not through after 2 s\n  REF-1: waits for the receipt"):
        Demo(client, [PLAIN], limit=2).run()


def test_nobody_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HAJA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", str(free_port()))
    assert main() == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "start it with make run" in line


def test_production_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HAJA_ENV", "production")
    assert main() == 1
    assert "made-up requests" in capsys.readouterr().out


def test_the_caller_may_name_the_address(desk: Desk) -> None:
    known = {"PORT": "1"}
    with serve(desk) as address:
        assert find_client(known, {"PUBLIC_URL": address}).base == address
        port = address.rpartition(":")[2]
        assert find_client(known, {"PORT": port}).base == address
        assert find_client({"PORT": port}, {}).base == address


def test_the_admins_password_stays_on_this_machine(desk: Desk) -> None:
    login = {"HAJA_ADMIN_EMAIL": "admin@example.com", "HAJA_ADMIN_PASSWORD": "secret"}
    with serve(desk) as address:
        port = address.rpartition(":")[2]
        assert not find_client({"PORT": "1"} | login, {"PUBLIC_URL": address}).token
        assert desk.logins == []
        assert find_client({"PORT": port} | login, {}).token == "the token"
        assert desk.logins == [{"username": "admin@example.com", "password": "secret"}]


def test_it_ends_with_where_to_look(desk: Desk, client: Client) -> None:
    desk.course = [CATEGORIZED, RECEIPT]
    demo = Demo(client, [PLAIN])
    demo.run()
    told = where_to_look(client, demo.rides)
    assert "http://x/desk\n" in told
    assert "http://x/r/REF-1?token=" in told
    assert "inbox" not in told


def test_examples_are_many_and_in_both_languages() -> None:
    languages = Counter(example.language for example in EXAMPLES)
    assert languages["ko"] >= 12
    assert languages["en"] >= 12
    assert len({example.location for example in EXAMPLES}) == len(EXAMPLES)
    assert all(find_email(example.contact) for example in EXAMPLES)
    assert {scene for example in EXAMPLES for scene in example.scenes} == set(SCENES)


def test_examples_reach_every_category_and_priority() -> None:
    texts = [TriageText(one.description, one.location, one.language) for one in EXAMPLES]
    answers = EmbeddedEngine().triage(texts)
    assert {answer.category for answer in answers} == set(Category) - {Category.PENDING}
    assert {answer.priority for answer in answers} == set(Priority) - {Priority.PENDING}


@pytest.mark.parametrize("scene", SCENES)
def test_scenes_are_pictures(scene: str) -> None:
    assert sniff(draw_scene(scene, 1)[1]) == "image/jpeg"
    assert sniff(draw_scene(scene, 3)[1]) == "image/png"
