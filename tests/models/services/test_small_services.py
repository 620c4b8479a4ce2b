"""Links, references, triage results, housekeeping."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.base import now
from models.ledger.run import Run, Step, StepState
from models.ports import Triage
from models.queries.requests import Filter, list_requests
from models.search_text import SearchText
from models.services.housekeeping import delete_finished_runs, run_housekeeping
from models.services.links import read_token, sign_reference
from models.services.references import ALPHABET, new_reference, tidy_reference
from models.services.triage import list_texts, record_results
from models.triage_result import TriageResult
from tests.factories import RequestFactory, RunFactory, StepFactory

ANSWER = Triage("plumbing", "high", 0.9, "물", "ko", "m")


def test_a_link_opens_its_reference_and_no_other() -> None:
    settings = get_settings()
    token = sign_reference(settings, "ABCD-EFGH")
    assert token == sign_reference(settings, "ABCD-EFGH")
    assert token.count(".") == 1  # as in mails that were sent before links had versions
    assert read_token(settings, token) == ("ABCD-EFGH", 0)
    assert read_token(settings, token.replace("ABCD", "ABCE")) is None
    third = sign_reference(settings, "ABCD-EFGH", 3)
    assert read_token(settings, third) == ("ABCD-EFGH", 3)
    signature = third.rpartition(".")[2]
    for forged in (
        f"ABCD-EFGH.{signature}",
        f"ABCD-EFGH.4.{signature}",
        third.replace(".3.", ".03."),
    ):
        assert read_token(settings, forged) is None


def test_another_secret_signs_other_links() -> None:
    settings = get_settings()
    other = settings.model_copy(update={"secret_key": "z" * 40})
    assert read_token(settings, sign_reference(other, "ABCD-EFGH")) is None


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    settings = get_settings()
    assert read_token(settings, text) is None
    assert read_token(settings, f"ABCD-EFGH.{text}") is None


def test_references_can_be_read_aloud() -> None:
    found = {new_reference() for _ in range(2000)}
    assert len(found) == 2000
    assert not set("0O1I2Z5S8BLUV") & set(ALPHABET)
    assert all(
        tidy_reference(reference.lower().replace("-", " ")) == reference for reference in found
    )


def test_triage_fills_in_pending_values_and_stores_each_answer(session: Session) -> None:
    row, corrected = RequestFactory(), RequestFactory(category="electrical")
    record_results(session, {row.id: ANSWER, corrected.id: ANSWER, 10**9: ANSWER})
    session.expire_all()
    assert (row.category, row.priority) == ("plumbing", "high")
    # A category that a person set meanwhile stays.
    assert (corrected.category, corrected.priority) == ("electrical", "high")
    assert session.scalar(select(func.count()).select_from(TriageResult)) == 2


def test_triage_reads_the_text_and_nothing_personal(session: Session) -> None:
    row = RequestFactory()
    texts = list_texts(session, [row.id, 10**9])
    assert set(texts) == {row.id}
    assert row.contact_info not in str(texts) and row.requester_name not in str(texts)


def test_old_finished_runs_are_deleted(session: Session) -> None:
    old, young = now() - timedelta(days=15), now() - timedelta(days=13)
    for state in StepState:
        StepFactory(run_id=RunFactory(created_at=old, event=state.value).id, state=state)
    mixed = RunFactory(created_at=old, event="mixed").id
    StepFactory(run_id=mixed, state=StepState.DONE)
    StepFactory(run_id=mixed, position=1, state=StepState.UNKNOWN)
    StepFactory(run_id=RunFactory(created_at=young, event="young").id, state=StepState.DONE)
    assert delete_finished_runs(session) == 1
    left = set(session.scalars(select(Run.event)))
    assert left == {"mixed", "young", *(state.value for state in StepState if state != "done")}
    runs = select(Run.id).scalar_subquery()
    assert session.scalar(select(func.count()).where(Step.run_id.not_in(runs))) == 0


def test_housekeeping_indexes_what_the_workers_missed(session: Session) -> None:
    row = RequestFactory(description="아무도 오지 않은 누수")
    session.execute(delete(SearchText))
    assert list_requests(session, Filter(q="누수")).rows == []

    run_housekeeping(session)

    assert [found.id for found in list_requests(session, Filter(q="누수")).rows] == [row.id]
