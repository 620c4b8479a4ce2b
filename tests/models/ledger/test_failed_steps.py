"""What a person may do about failed steps, and the record of who did it and why."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.ledger.failed_steps import discard_step, list_failed_steps, retry_step, send_again
from models.ledger.operator_action import OperatorAction
from models.ledger.run import Run, Step, StepState
from models.mail import Mail, MailState
from tests.models.ledger.step_rows import claim_step, make_run, read_step


def _actions(session: Session) -> list[tuple[str, str, str]]:
    return [
        (row.action, row.decided_by, row.why) for row in session.scalars(select(OperatorAction))
    ]


def test_a_dead_step_gets_a_full_set_of_tries(session: Session) -> None:
    run_id = make_run(session, state=StepState.DEAD, claims=5, failures=4, last_error="no")

    retry_step(session, run_id, 0, by="kim", why="the server is back")
    session.commit()

    step = read_step(session, run_id)
    assert (step.state, step.claims, step.failures) == (StepState.READY, 0, 0)
    assert step.due_in <= 0
    assert claim_step(session, run_id).claims == 1
    assert _actions(session) == [("retried", "kim", "the server is back")]


def test_a_runner_from_before_the_retry_writes_nothing(session: Session) -> None:
    run_id = make_run(session, state=StepState.DEAD, token=3)
    retry_step(session, run_id, 0, by="kim")
    assert read_step(session, run_id).token == 4


@pytest.mark.parametrize("state", [StepState.DEAD, StepState.UNKNOWN])
def test_a_discarded_step_is_not_listed_any_more(session: Session, state: StepState) -> None:
    run_id = make_run(session, state=state)
    assert [step.run_id for step in list_failed_steps(session)] == [run_id]

    discard_step(session, run_id, 0, by="kim", why="moved out")
    session.commit()

    assert list_failed_steps(session) == []
    assert _actions(session) == [("discarded", "kim", "moved out")]


@pytest.mark.parametrize("act", [retry_step, discard_step, send_again])
def test_a_step_that_is_not_dead_or_unknown_is_refused(session: Session, act) -> None:  # type: ignore[no-untyped-def]
    run_id = make_run(session)
    with pytest.raises(NotFound):
        act(session, run_id, 0, by="kim")


def test_an_unknown_mail_is_sent_again_as_a_new_message(session: Session) -> None:
    run_id = make_run(session, state=StepState.UNKNOWN)
    session.add(
        Mail(
            kind="receipt",
            run_id=run_id,
            position=0,
            message_id="<one@example.com>",
            recipient="kim@example.com",
            subject="s",
            text="t",
            state=MailState.UNKNOWN,
        )
    )
    session.commit()

    again = send_again(session, run_id, 0, by="kim")
    session.commit()

    assert again.message_id != "<one@example.com>"
    assert again.message_id.endswith("@example.com>")
    assert (again.recipient, again.state) == ("kim@example.com", MailState.QUEUED)
    queued = session.scalars(select(Run).where(Run.event == "mail_queued")).one()
    assert queued.subject_id == again.id
    assert session.get_one(Step, (queued.id, 0)).task == "mail.send_queued"
    with pytest.raises(NotFound):
        send_again(session, run_id, 0, by="kim")


def test_the_list_reads_its_own_index(session: Session) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(
        session.execute(
            text("EXPLAIN SELECT * FROM steps WHERE state IN ('dead', 'unknown') LIMIT 200")
        ).scalars()
    )
    assert "ix_steps_troubled" in plan
