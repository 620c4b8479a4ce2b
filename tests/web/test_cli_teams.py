"""``flask teams``: what the page does, from a terminal."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.services.teams import list_teams
from tests.factories import UserFactory


def _run(app: Flask, *words: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["teams", *words])
    return done.exit_code, done.output


@pytest.mark.usefixtures("in_transaction")
def test_teams_are_kept_from_a_terminal(app: Flask, session: Session) -> None:
    for username in ("lee@example.org", "kim"):
        UserFactory(username=username)
    session.commit()
    made = _run(app, "create", "--ko", "전기팀", "--address", "a@b.example", "--member", "KIM")
    ((team, members),) = list_teams(session)
    assert made == (0, f"전기팀: created as team:{team.id}\n")
    assert [user.username for user in members] == ["kim"]
    changed = _run(app, "members", "전기팀", "--add", "lee@example.org", "--remove", "kim")
    assert changed == (0, f"team:{team.id}  전기팀  a@b.example  lee@example.org\n")
    assert _run(app, "change", "전기팀", "--en", "Power", "--address", "")[0] == 0
    assert _run(app, "close", "POWER")[0] == 0
    assert _run(app, "list") == (
        0,
        f"team:{team.id}  전기팀 / Power  lee@example.org  closed\n",
    )
    assert _run(app, "reopen", "Power")[0] == 0 and "closed" not in _run(app, "list")[1]
    for wrong, said in [
        (("create", "--ko", "전기팀"), "name_ko Another team"),
        (("create",), "name_ko Write a name"),
        (("close", "없는 팀"), "team is unknown"),
        (("members", "전기팀", "--add", "nobody"), "username is unknown"),
    ]:
        code, output = _run(app, *wrong)
        assert code == 1 and said in output, output
