"""Fine-tuning with a local server of the same API."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from models.learning import Label
from models.ports import PermanentError, TransientError, TriageText
from tests.servers.fine_tuning_server import FineTuningServer
from tests.worker.adapters.settings import make_settings
from worker.adapters.ai import fine_tuning
from worker.adapters.ai.fine_tuning import OpenAIFineTuning
from worker.adapters.ai.prompt import messages_for
from worker.adapters.ai.reply import AIReply

LEAK = Label(
    TriageText("김하자입니다. 정수기에서 물이 새요. 010-1234-5678", "302호 김하자", "ko"),
    "appliance",
    "high",
    ("김하자",),
)


@pytest.fixture
def tuned() -> Iterator[FineTuningServer]:
    with FineTuningServer() as running:
        yield running


@pytest.fixture
def tuning(tuned: FineTuningServer) -> Iterator[OpenAIFineTuning]:
    made = OpenAIFineTuning(make_settings(openai_base_url=tuned.url))
    yield made
    made.close()


def conversation(label: Label) -> list[dict[str, Any]]:
    tuning = OpenAIFineTuning(make_settings())
    (line,) = tuning.lines([label])
    messages: list[dict[str, Any]] = json.loads(line)["messages"]
    return messages


def content(tuning: OpenAIFineTuning, count: int = 10) -> bytes:
    return "".join(f"{line}\n" for line in tuning.lines([LEAK] * count)).encode()


def test_a_training_line_has_the_prompt_of_triage_and_the_persons_answer() -> None:
    plain = Label(TriageText("The sink is clogged", "B1", "en"), "plumbing", "low")
    system, user, assistant = conversation(plain)
    assert [system, user] == messages_for(plain.text, "en")
    reply = AIReply.model_validate_json(assistant["content"])
    assert (reply.category, reply.priority, reply.language) == ("plumbing", "low", "en")
    assert "sink" in reply.reason.lower()


def test_training_data_has_no_contact_data() -> None:
    whole = json.dumps(conversation(LEAK), ensure_ascii=False)
    assert "정수기에서 물이 새요" in whole and "302호" in whole
    assert not [secret for secret in ("김하자", "010", "5678") if secret in whole]


def test_a_job_is_started_and_followed_to_its_model(
    tuning: OpenAIFineTuning, tuned: FineTuningServer
) -> None:
    job = tuning.start(content(tuning), name="labels.jsonl", model="gpt-x")
    assert tuned.files["file-1"] == content(tuning)
    seen = list(tuning.follow(job, every=0.01))
    assert [progress.status for progress in seen][-1] == "succeeded"
    shares = [progress.share for progress in seen if progress.share is not None]
    assert shares == sorted(shares) and shares[0] == 0.25 and shares[-1] == 1.0
    assert (seen[-1].model, seen[-1].ended) == ("ft:gpt-x:haja:1", True)
    news = [line for progress in seen for line in progress.news]
    assert len(news) == len(set(news)) + 3  # "running" comes four times, each event once


def test_a_failed_job_says_why(tuning: OpenAIFineTuning, tuned: FineTuningServer) -> None:
    tuned.behaviour = "fails"
    *_, last = tuning.follow(tuning.start(content(tuning), name="l", model="gpt-x"), every=0.01)
    assert (last.status, last.ended, last.error) == ("failed", True, "loss went away")


def test_short_outages_while_following_are_waited_for(
    tuning: OpenAIFineTuning, tuned: FineTuningServer
) -> None:
    job = tuning.start(content(tuning), name="l", model="gpt-x")
    tuned.behaviour = "busy"
    seen = list(tuning.follow(job, every=0.01))
    assert [progress.status for progress in seen][:2] == ["unreachable"] * 2
    assert seen[-1].status == "succeeded"


def test_following_gives_up_after_a_long_outage(
    tuning: OpenAIFineTuning, tuned: FineTuningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tuning.start(content(tuning), name="l", model="gpt-x")
    monkeypatch.setattr(fine_tuning, "PATIENCE", 0.05)
    tuned.behaviour, tuned.refusals = "busy", 1_000_000
    with pytest.raises(TransientError):
        list(tuning.follow(job, every=0.01))


@pytest.mark.parametrize("behaviour", ["unauthorized", "no_api"])
def test_a_refusal_is_permanent(
    tuning: OpenAIFineTuning, tuned: FineTuningServer, behaviour: str
) -> None:
    tuned.behaviour = behaviour
    with pytest.raises(PermanentError):
        tuning.start(content(tuning), name="l", model="gpt-x")
    with pytest.raises(PermanentError):
        list(tuning.follow("ftjob-1", every=0.01))


def test_a_file_that_the_server_does_not_want_is_explained(tuning: OpenAIFineTuning) -> None:
    with pytest.raises(PermanentError, match="fewer than 10"):
        tuning.start(content(tuning, 3), name="l", model="gpt-x")


def test_nobody_listening_is_transient() -> None:
    tuning = OpenAIFineTuning(make_settings(openai_base_url="http://127.0.0.1:1/v1"))
    with pytest.raises(TransientError):
        tuning.start(b"{}", name="l", model="gpt-x")
    tuning.close()
