"""A short fault storm over Haja, and one over the naive variant, which must break it."""

from pathlib import Path

import pytest

from tests.faults.naive.variant import NAIVE
from tests.faults.storm import report, run_storm

SEED = 20261123
PATIENCE = 60.0  # seconds: the machine of a test run may be busy with others
# Each of these faults certainly loses or doubles something of a plain chain.
SEVERE = (
    "kill -9 worker triage",
    "kill -9 worker mail",
    "Redis killed, back empty",
    "messages delivered ten times",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in (tmp_path, *tmp_path.parents[:2]):
        part.chmod(0o755)  # PostgreSQL may run as another user
    return tmp_path


def test_nothing_is_lost_and_nothing_doubled(folder: Path) -> None:
    storm, verdict = run_storm(folder, seed=SEED, seconds=20, canary_seconds=PATIENCE)
    assert not verdict.broken, report(storm, verdict)
    assert verdict.numbers["accepted"] > 10


def test_the_same_faults_break_a_plain_chain(folder: Path) -> None:
    storm, verdict = run_storm(folder, seed=SEED, seconds=10, names=SEVERE, variant=NAIVE)
    text = report(storm, verdict)
    # Which of its messages the faults strike is chance: some are lost, or doubled, or both.
    kinds = {"all are triaged", "no mail is missing", "no mail is doubled"}
    assert kinds & set(verdict.broken), text
    assert "statistics are right" in verdict.broken, text
