"""The commands of the learning loop, from a terminal's side."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from models.learning import Progress
from models.services.triage_models import PACKAGED, activate_model, find_active, record_model
from models.user import User
from tests.factories import UserFactory
from tests.models.triage_rows import answered, correct, training_result
from tests.servers.fine_tuning_server import FineTuningServer
from training import trainer
from training.corpus import Corpus, build_corpus
from web.cli.progress import ProgressLine
from worker.adapters.ai.current_model import feature_code

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, in_transaction: None, session: Session) -> Run:
    """``run("models")``: a command of the group, and what it printed."""

    def call(*arguments: str) -> Result:
        return app.test_cli_runner().invoke(args=["triage", *arguments])

    return call


@pytest.fixture
def user(session: Session) -> User:
    made: User = UserFactory()
    return made


@pytest.fixture
def thinned(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``thinned(4)``: the project's text is every fourth example of it, so that training is quick."""
    whole = build_corpus()

    def keep(nth: int) -> None:
        part = Corpus(whole.examples[::nth], whole.origins[::nth])
        monkeypatch.setattr(trainer, "build_corpus", lambda: part)

    return keep


def test_evaluate_prints_each_language_and_category(run: Run) -> None:
    done = run("evaluate")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "model packaged, on the test set"
    assert [line.split()[0] for line in lines[2:4]] == ["en", "ko"]
    assert len(lines) == 2 + 2 + 22
    assert "calib." in lines[1]


def test_evaluate_live_holds_answers_against_people(run: Run, session: Session, user: User) -> None:
    assert "nobody has" in run("evaluate", "--live").output
    for _ in range(3):
        answered(status="completed")
    correct(session, answered(), user, category="appliance")
    session.commit()
    done = run("evaluate", "--live")
    assert done.exit_code == 0, done.output
    korean = done.output.splitlines()[2].split()
    assert korean[:3] == ["ko", "4", "75.0%"]


def test_a_model_that_is_worse_is_refused_and_says_by_how_much(
    run: Run, session: Session, thinned: Callable[[int], None]
) -> None:
    thinned(100)
    done = run("retrain")
    assert done.exit_code == 1
    assert "refused, the new model is worse than packaged" in done.output
    assert "points)" in done.output
    assert find_active(session) is None


def test_a_model_that_is_no_worse_is_kept_and_used(
    run: Run, session: Session, user: User, thinned: Callable[[int], None]
) -> None:
    for number in range(6):
        row = answered(description=f"공용 정수기 {number}번 물맛이 이상해요")
        correct(session, row, user, category="appliance", priority="low")
    session.commit()
    thinned(200)
    weak = trainer.Trainer().train([], None, version="weak")
    record_model(session, weak)
    activate_model(session, "weak")
    session.commit()
    thinned(24)
    done = run("retrain", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "nothing was kept" in done.output
    done = run("retrain")
    assert done.exit_code == 0, done.output
    active = find_active(session)
    assert active is not None and active.version != "weak"
    assert active.examples == 6
    assert active.scores["after"]["ko"]["accuracy"] >= active.scores["before"]["ko"]["accuracy"]
    assert f"model {active.version}, on the test set" in run("evaluate").output
    assert f"{active.version}" in (listed := run("models").output) and "6 labels" in listed
    assert run("evaluate", "--version", "weak").output.startswith("model weak")
    assert run("evaluate", "--version", PACKAGED).output.startswith("model packaged")


def test_retraining_without_scikit_learn_says_what_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] in ("sklearn", "scipy")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("training.fitting", "training.calibration"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    done = run("retrain")
    assert done.exit_code == 1
    assert "needs scikit-learn" in done.output and "extra “train”" in done.output


def test_models_are_listed_and_activated(run: Run, session: Session) -> None:
    assert run("models").output.startswith("packaged  in use")
    record_model(session, training_result("7", features=feature_code()))
    record_model(session, training_result("8", features="of long ago"))
    session.commit()
    assert run("activate", "7").exit_code == 0
    lines = run("models").output.splitlines()
    assert lines[0].startswith("8 ") and lines[0].endswith("outdated: retrain")
    assert lines[1].startswith("7 ") and lines[1].endswith("active") and len(lines) == 2
    assert run("activate", "8").exit_code == 0
    assert "packaged  in use" in run("models").output
    assert run("activate", PACKAGED).exit_code == 0
    assert find_active(session) is None
    done = run("activate", "9")
    assert done.exit_code == 1 and "no model 9" in done.output


def test_a_broken_model_is_named_and_not_a_traceback(run: Run, session: Session) -> None:
    record_model(session, training_result("7", b"rubbish", features=feature_code()))
    session.commit()
    done = run("evaluate", "--version", "7")
    assert done.exit_code == 1 and "cannot be read" in done.output


@pytest.fixture
def labelled(session: Session, user: User) -> None:
    for number in range(10):
        row = answered(
            description=f"{number}번 정수기에서 물이 새요. 김하자 010-1234-567{number}",
            contact_info="hajakim@example.org",
            requester_name="김하자",
        )
        correct(session, row, user, category="appliance")
    session.commit()


def test_export_writes_conversations_without_contact_data(
    run: Run, labelled: None, tmp_path: Path
) -> None:
    file = tmp_path / "labels.jsonl"
    done = run("export", str(file))
    assert done.exit_code == 0, done.output
    assert "10 conversations" in done.output
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 10
    for line in lines:
        assert [m["role"] for m in line["messages"]] == ["system", "user", "assistant"]
        assert json.loads(line["messages"][2]["content"])["category"] == "appliance"
    whole = file.read_text(encoding="utf-8")
    assert not [word for word in ("김하자", "010-", "hajakim", "example.org") if word in whole]


def test_export_of_nothing_makes_no_file(run: Run, tmp_path: Path) -> None:
    assert run("export", str(tmp_path / "x")).exit_code == 1
    assert not (tmp_path / "x").exists()


@pytest.fixture
def tuned(settings_with: Callable[..., object]) -> Iterator[FineTuningServer]:
    with FineTuningServer() as running:
        settings_with(OPENAI_BASE_URL=running.url)
        yield running


@pytest.fixture
def exported(run: Run, labelled: None, tmp_path: Path) -> str:
    file = tmp_path / "labels.jsonl"
    run("export", str(file))
    return str(file)


def test_fine_tuning_is_followed_until_the_model_is_there(
    run: Run, tuned: FineTuningServer, exported: str
) -> None:
    done = run("fine-tune", exported, "--model", "gpt-x", "--every", "0.01")
    assert done.exit_code == 0, done.output
    assert "job ftjob-1" in done.output
    assert "[###############...............]  50%" in done.output
    assert "done: ft:gpt-x:haja:1" in done.output
    assert "OPENAI_MODEL=ft:gpt-x:haja:1" in done.output
    assert "\x1b" not in done.output


def test_a_job_is_left_and_taken_up_again(run: Run, tuned: FineTuningServer, exported: str) -> None:
    done = run("fine-tune", exported, "--model", "gpt-x", "--no-wait")
    assert done.exit_code == 0 and "--job ftjob-1" in done.output
    done = run("fine-tune", "--job", "ftjob-1", "--every", "0.01")
    assert done.exit_code == 0, done.output
    assert "done: ft:gpt-x:haja:1" in done.output
    assert len(tuned.jobs) == 1


@pytest.mark.parametrize(
    ("behaviour", "said"), [("fails", "loss went away"), ("unauthorized", "Incorrect API key")]
)
def test_what_went_wrong_there_is_said_here(
    run: Run, tuned: FineTuningServer, exported: str, behaviour: str, said: str
) -> None:
    tuned.behaviour = behaviour
    done = run("fine-tune", exported, "--model", "gpt-x", "--every", "0.01")
    assert done.exit_code == 1
    assert said in done.output


def test_fine_tuning_needs_a_server_a_file_and_a_model(
    run: Run, exported: str, settings_with: Callable[..., object]
) -> None:
    assert "OPENAI_BASE_URL is not set" in run("fine-tune", exported, "--model", "x").output
    settings_with(OPENAI_BASE_URL="http://127.0.0.1:1/v1")
    assert run("fine-tune", exported).exit_code == 2
    assert "no answer" in run("fine-tune", exported, "--model", "x").output


def test_a_terminal_sees_one_line_that_is_redrawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with ProgressLine() as line:
        line.show(Progress("running", ("began\x1b[31m",), 0.5))
        line.show(Progress("running", (), 0.5))
        line.show(Progress("succeeded", (), 1.0, ended=True))
    shown: Any = capsys.readouterr().out
    assert shown.count("\n") == 2
    assert shown.endswith("100%\n")
    assert "\x1b[31m" not in shown
