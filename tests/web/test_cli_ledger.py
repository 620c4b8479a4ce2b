"""The commands for failed steps, from a terminal's side."""

import getpass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.ledger.operator_action import OperatorAction
from models.ledger.run import StepState
from tests.models.ledger.step_rows import make_run


@pytest.mark.parametrize(
    ("given", "kept"), [([], getpass.getuser()), (["--by", "김하늘"], "김하늘")], ids=["", "named"]
)
@pytest.mark.parametrize("command", ["retry", "discard"])
def test_who_decided_and_why_is_kept(
    app: Flask, in_transaction: None, session: Session, command: str, given: list[str], kept: str
) -> None:
    run_id = make_run(session, state=StepState.DEAD)
    arguments = ["ledger", command, f"{run_id}.0", "--why", "mended", *given]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    (action,) = session.scalars(select(OperatorAction))
    assert (action.decided_by, action.why) == (kept, "mended")
