"""Messages to browsers: who hears of what, at most once, through a real push service."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.exceptions import Ignore, Retry
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.settings import Settings, get_settings
from models import wiring
from models.errors import LostLease
from models.ledger.run import Run, Step, StepState
from models.ledger.steps import Claim, claim_steps
from models.maintenance_request import MaintenanceRequest
from models.push_message import PushMessage
from models.push_subscription import PushSubscription
from models.services.conversation import record_answer
from models.services.housekeeping import run_housekeeping
from models.services.intake import Submission, submit_request
from models.services.link_mails import renew_link
from models.services.links import status_path
from models.services.push_subscriptions import (
    MAX_FAILURES,
    MAX_OF_REQUEST,
    Owner,
    list_subscriptions,
    subscribe,
    unsubscribe,
)
from models.services.push_subscriptions import Browser as Told
from models.services.reversal import undo_change
from models.services.workflow import Changes, update_request
from models.user import User
from models.words import Priority, Status
from tasks import push, triage
from tasks.policies import POLICIES
from tasks.steps.endings import StepFailed
from tasks.steps.push_delivery import deliver_push
from tests.factories import RequestFactory, UserFactory, using
from tests.servers.push_server import CUT, Browser, PushServer
from worker.app import app as celery_app  # noqa: F401 - tasks of its class

Opener = Callable[[], Session]
KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"


@pytest.fixture
def service(settings_with: Callable[..., Settings]) -> Iterator[PushServer]:
    with PushServer() as server:
        settings_with(VAPID_PRIVATE_KEY=KEY, PUSH_ORIGINS=server.origin)
        wiring.push_sender.cache_clear()
        yield server
    wiring.push_sender.cache_clear()


@pytest.fixture
def db(committed: Opener, service: PushServer) -> Iterator[Session]:
    with committed() as session, using(session):
        yield session


def _tell(db: Session, service: PushServer, language: str = "en", **owner: int) -> Browser:
    """A browser that is told from now on."""
    browser = service.browser()
    given: dict[str, Any] = browser.subscription
    told = Told(given["endpoint"], **given["keys"], language=language)
    subscribe(db, told, Owner(**owner))
    db.commit()
    return browser


_TASKS = {
    "alert_due": push.queue_alerts,
    "push_update_due": push.queue_updates,
    "push_assignment_due": push.queue_assignments,
    "push_queued": push.send_message,
}


def _work(db: Session, *, undone: bool = False) -> list[str]:
    """Run all that is due for browsers, as the dispatcher would; returns the events."""
    db.commit()
    if not undone:  # what waits while it can be undone
        db.execute(text("UPDATE steps SET due_at = now() WHERE state = 'retry'"))
        db.commit()
    done = []
    for _ in range(2):  # the messages come of the other events
        due = db.execute(
            select(Run.event, Run.id)
            .join(Step, Step.run_id == Run.id)
            .where(Run.event.in_(_TASKS), Step.state.in_(("ready", "retry")))
            .order_by(Run.id)
        ).all()
        db.commit()
        for event, run_id in due:
            _TASKS[event]([run_id], 0)
            done.append(event)
    db.commit()
    return done


def _states(db: Session) -> list[str]:
    db.rollback()
    found = select(Step.state).where(Step.task == "push.send_message").order_by(Step.run_id)
    return list(db.scalars(found))


def test_operators_hear_of_danger_before_anybody_has_judged_it(
    db: Session, service: PushServer
) -> None:
    users: list[User] = [UserFactory(language="en"), UserFactory(language="ko")]
    disabled = UserFactory(disabled=True)
    english, korean = (_tell(db, service, user_id=user.id) for user in users)
    nobody = _tell(db, service, user_id=disabled.id)
    words = Submission(
        "가스 냄새가 나요",
        location="103동 1204호 김하자 010-1234-5678",
        contact_info="kim@example.org",
        requester_name="김하자",
    )
    request = submit_request(db.connection(), words, timezone=get_settings().timezone).request
    assert _work(db) == ["alert_due", "push_queued", "push_queued"]
    (said,), (in_korean,) = english.read(), korean.read()
    assert said["title"] == "⚠ Gas" and in_korean["title"].startswith("⚠ 가스")
    assert said["body"] == f"103동 1204호 [name] [phone] · {request.reference}"
    assert said["url"] == f"/desk/requests/{request.id}"
    assert not nobody.arrived
    assert english.arrived[0].headers["urgency"] == "high"
    # The triage finds it urgent, too: nobody is alarmed twice.
    run = db.scalars(select(Run.id).where(Run.event == "request_submitted")).one()
    db.commit()
    triage.categorize_request([run], 0)
    _work(db)
    assert len(english.arrived) == len(korean.arrived) == 1


def test_what_turns_out_to_be_urgent_is_told_and_nothing_else(
    db: Session, service: PushServer
) -> None:
    user = UserFactory(language="en")
    browser = _tell(db, service, user_id=user.id)
    request = RequestFactory(categorized=True, location="", danger="")
    update_request(db, request.id, Changes(priority="high"), user=user)
    assert _work(db) == []
    update_request(db, request.id, Changes(priority="urgent"), user=user)
    assert _work(db) == ["alert_due", "push_queued"]
    assert browser.read()[0]["title"] == "Urgent · Plumbing"
    calm = RequestFactory(categorized=True)
    record_answer(db, calm.id, "There is smoke and fire in the kitchen")
    assert _work(db) == ["alert_due", "push_queued"]
    assert len(browser.arrived) == 2


def test_who_closes_a_request_first_has_nobody_alarmed(db: Session, service: PushServer) -> None:
    user = UserFactory()
    browser = _tell(db, service, user_id=user.id)
    request = RequestFactory(categorized=True)
    update_request(db, request.id, Changes(priority="urgent"), user=user)
    update_request(db, request.id, Changes(status="completed"), user=user)
    _work(db)
    assert not browser.arrived


def test_an_assignee_hears_of_the_work(db: Session, service: PushServer) -> None:
    boss, worker = UserFactory(), UserFactory(language="en", name="Worker")
    own, other = _tell(db, service, user_id=worker.id), _tell(db, service, user_id=boss.id)
    request = RequestFactory(categorized=True, location="Hall 3")
    update_request(db, request.id, Changes(assignee="Worker"), user=boss)
    assert _work(db) == ["push_assignment_due", "push_queued"]
    assert own.read()[0]["title"] == "Assigned to you · Medium · Plumbing"
    assert own.read()[0]["body"] == f"Hall 3 · {request.reference}"
    assert not other.arrived
    # Taken back before it was told.
    update_request(db, request.id, Changes(assignee=""), user=boss)
    update_request(db, request.id, Changes(assignee="Worker"), user=boss)
    update_request(db, request.id, Changes(assignee=""), user=boss)
    _work(db)
    assert len(own.arrived) == 1


def test_a_requester_hears_of_the_status_and_of_words_but_not_what_they_say(
    db: Session, service: PushServer
) -> None:
    user = UserFactory(name="Operator Kim")
    request: MaintenanceRequest = RequestFactory(categorized=True)
    english = _tell(db, service, request_id=request.id)
    korean = _tell(db, service, "ko", request_id=request.id)
    stranger = _tell(db, service, request_id=RequestFactory().id)
    for changes, title, body in (
        (Changes(status="in_progress"), "In progress", "changed"),
        (Changes(note="a secret note"), None, None),
        (Changes(category="electrical", assignee="Somebody"), None, None),
        (Changes(reply="The plumber comes at nine"), "In progress", "message"),
        (Changes(reply="Which flat?", question=True), "On hold", "question"),
        (Changes(status="completed", reply="Done"), "Completed", "message"),
    ):
        before = len(english.arrived)
        update_request(db, request.id, changes, user=user)
        _work(db)
        assert len(english.arrived) == len(korean.arrived) == before + bool(title)
        if title:
            said = english.read()[-1]
            assert said["title"] == f"{title} · {request.reference}"
            assert str(body) in said["body"]
            assert said["url"] == status_path(get_settings(), request.reference, 0)
    everything = str(english.read())
    for secret in ("secret", "plumber", "Which flat", "Kim", "Somebody", request.contact_email):
        assert secret not in everything
    assert korean.read()[-1]["title"].startswith("완료")
    assert not stranger.arrived
    # The newest of a request replaces what was not delivered yet; another request's does not.
    assert len({one.headers["topic"] for one in english.arrived + korean.arrived}) == 1


def test_several_changes_at_once_are_one_message(db: Session, service: PushServer) -> None:
    user = UserFactory()
    request = RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=request.id)
    update_request(db, request.id, Changes(status="in_progress"), user=user)
    update_request(db, request.id, Changes(reply="Soon"), user=user)
    assert _work(db) == ["push_update_due"] * 2 + ["push_queued"] * 2
    assert len(browser.arrived) == 1


def test_nobody_hears_of_what_was_undone(db: Session, service: PushServer) -> None:
    user = UserFactory()
    request = RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=request.id)
    update_request(db, request.id, Changes(status="completed"), user=user, undo="token")
    db.commit()
    with pytest.raises(Ignore):
        _work(db, undone=True)
    undo_change(db, "token", request.id, user=user)
    _work(db)
    assert not browser.arrived
    update_request(db, request.id, Changes(status="in_progress"), user=user)
    _work(db)
    assert browser.read()[-1]["title"].startswith("In progress")


@pytest.mark.parametrize("status", [404, 410])
def test_an_endpoint_that_is_gone_is_called_once(
    db: Session, service: PushServer, status: int
) -> None:
    user = UserFactory()
    one, other = RequestFactory(categorized=True), RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=one.id)
    given = browser.subscription
    told = Told(given["endpoint"], **given["keys"], language="en")
    subscribe(db, told, Owner(request_id=other.id))  # one browser, two requests
    browser.behaviour = status
    for request in (one, other, one):
        update_request(db, request.id, Changes(status="in_progress"), user=user)
        update_request(db, request.id, Changes(status="on_hold"), user=user)
    _work(db)
    assert len(browser.arrived) == 1
    db.rollback()
    assert all(row.gone_at for row in db.scalars(select(PushSubscription)))
    # It comes back when its page asks for it.
    subscribe(db, told, Owner(request_id=one.id))
    browser.behaviour = 201
    update_request(db, one.id, Changes(status="in_progress"), user=user)
    _work(db)
    assert len(browser.arrived) == 2


@pytest.mark.parametrize("behaviour", [429, 503])
def test_a_busy_push_service_is_asked_again_until_it_is_no_news(
    db: Session, service: PushServer, behaviour: int
) -> None:
    user = UserFactory()
    request = RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=request.id)
    browser.behaviour = behaviour
    update_request(db, request.id, Changes(status="in_progress"), user=user)
    for calls in (1, 2):
        with pytest.raises(Retry):
            _work(db)
        assert _states(db) == [StepState.RETRY]
        assert len(browser.arrived) == calls
    browser.behaviour = 201
    _work(db)
    assert (len(browser.arrived), _states(db)) == (3, [StepState.DONE])
    browser.behaviour = behaviour
    update_request(db, request.id, Changes(status="on_hold"), user=user)
    with pytest.raises(Retry):
        _work(db)
    db.execute(text("UPDATE push_messages SET created_at = now() - interval '3 days'"))
    _work(db)
    assert (len(browser.arrived), _states(db)) == (4, [StepState.DONE] * 2)


def test_a_message_that_may_have_arrived_is_never_sent_again(
    db: Session, service: PushServer
) -> None:
    user = UserFactory()
    request = RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=request.id)
    browser.behaviour = CUT
    update_request(db, request.id, Changes(status="in_progress"), user=user)
    with pytest.raises(StepFailed):
        _work(db)
    assert _states(db) == [StepState.UNKNOWN]
    browser.behaviour = 201
    run_id = db.scalars(select(Run.id).where(Run.event == "push_queued")).one()
    db.commit()
    with pytest.raises(StepFailed):  # it says again that a person could look
        push.send_message([run_id], 0)
    assert len(browser.arrived) == 1
    # Nobody has to decide about it.
    db.execute(text("UPDATE steps SET done_at = now() - interval '2 days'"))
    run_housekeeping(db)
    db.commit()
    assert _states(db) == [StepState.DONE]


def test_a_worker_that_dies_in_the_hand_over_sends_nothing_twice(
    db: Session, service: PushServer
) -> None:
    """The phase was committed, and nothing more."""
    user = UserFactory()
    request = RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=request.id)
    update_request(db, request.id, Changes(status="in_progress"), user=user)
    db.commit()
    (run_id,) = db.scalars(select(Run.id).where(Run.event == "push_update_due"))
    db.commit()
    push.queue_updates([run_id], 0)
    db.execute(
        text("""
            UPDATE steps SET state = 'running', phase = 'handing_over', token = 1, claims = 1,
                due_at = now() - interval '1 s' WHERE task = 'push.send_message'
        """)
    )
    db.commit()
    (run_id,) = db.scalars(select(Run.id).where(Run.event == "push_queued"))
    db.commit()
    with pytest.raises(StepFailed):
        push.send_message([run_id], 0)
    assert _states(db) == [StepState.UNKNOWN]
    assert not browser.arrived


def test_a_worker_that_lost_its_claim_sends_nothing(db: Session, service: PushServer) -> None:
    """It was frozen until another had begun."""
    user = UserFactory()
    request = RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=request.id)
    update_request(db, request.id, Changes(status="in_progress"), user=user)
    db.commit()
    (run_id,) = db.scalars(select(Run.id).where(Run.event == "push_update_due"))
    db.commit()
    push.queue_updates([run_id], 0)
    (run_id,) = db.scalars(select(Run.id).where(Run.event == "push_queued"))
    db.commit()
    first, second = (_claim_again(db, run_id) for _ in range(2))
    with pytest.raises(LostLease):
        deliver_push(first)
    assert not browser.arrived
    deliver_push(second)
    assert len(browser.arrived) == 1


def _claim_again(db: Session, run_id: int) -> Claim:
    db.execute(text("UPDATE steps SET due_at = now() WHERE run_id = :id"), {"id": run_id})
    db.commit()
    task = "push.send_message"
    (claim,) = claim_steps(db, task=task, run_ids=[run_id], position=0, policy=POLICIES[task])
    db.commit()
    return claim


def test_who_had_a_link_that_was_revoked_hears_nothing(db: Session, service: PushServer) -> None:
    """The message would have the new link."""
    user = UserFactory()
    request = RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=request.id)
    update_request(db, request.id, Changes(status="in_progress"), user=user)
    renew_link(db, request.id, user=user)
    _work(db)
    # A call that was on its way meanwhile.
    given = browser.subscription
    subscribe(
        db,
        Told(given["endpoint"], **given["keys"], language="en"),
        Owner(request_id=request.id, link_version=0),
    )
    update_request(db, request.id, Changes(reply="Soon"), user=user)
    _work(db)
    assert not browser.arrived


def test_refusals_in_a_row_end_a_subscription(db: Session, service: PushServer) -> None:
    user = UserFactory()
    request = RequestFactory(categorized=True)
    browser = _tell(db, service, request_id=request.id)
    browser.behaviour = 403
    for number in range(MAX_FAILURES + 1):
        update_request(db, request.id, Changes(reply=f"news {number}"), user=user)
        _work(db)
    assert len(browser.arrived) == MAX_FAILURES
    assert set(_states(db)) == {StepState.DONE}
    assert not list_subscriptions(db, Owner(request_id=request.id))


def test_a_link_has_a_few_browsers_and_the_newest_stay(db: Session, service: PushServer) -> None:
    request = RequestFactory()
    browsers = [_tell(db, service, request_id=request.id) for _ in range(MAX_OF_REQUEST + 2)]
    told = list_subscriptions(db, Owner(request_id=request.id))
    assert [one.endpoint for one in told] == [one.endpoint for one in browsers[:1:-1]]
    unsubscribe(db, told[0].endpoint_key, Owner(user_id=1))
    assert len(list_subscriptions(db, Owner(request_id=request.id))) == MAX_OF_REQUEST
    unsubscribe(db, told[0].endpoint_key, Owner(request_id=request.id))
    assert len(list_subscriptions(db, Owner(request_id=request.id))) == MAX_OF_REQUEST - 1


def test_the_nights_work_takes_away_what_nobody_needs(db: Session, service: PushServer) -> None:
    days = get_settings().link_days + 1
    expired = RequestFactory(completed=True)
    kept, gone = RequestFactory(), RequestFactory()
    for request in (expired, kept, gone):
        _tell(db, service, request_id=request.id)
    user = UserFactory()
    update_request(db, kept.id, Changes(status="in_progress"), user=user)
    _work(db)
    db.execute(
        text(
            "UPDATE maintenance_requests SET ended_at = now() - make_interval(days => :days) "
            "WHERE id = :id"
        ),
        {"days": days, "id": expired.id},
    )
    db.execute(
        text(
            "UPDATE push_subscriptions SET gone_at = now() - interval '31 days' "
            "WHERE request_id = :id"
        ),
        {"id": gone.id},
    )
    db.execute(text("UPDATE push_messages SET created_at = now() - interval '15 days'"))
    run_housekeeping(db)
    assert [row.request_id for row in db.scalars(select(PushSubscription))] == [kept.id]
    assert not db.scalars(select(PushMessage)).all()


def test_without_a_key_nothing_is_recorded(
    db: Session, service: PushServer, settings_with: Callable[..., Settings]
) -> None:
    user = UserFactory()
    request = RequestFactory(categorized=True)
    _tell(db, service, user_id=user.id)
    _tell(db, service, request_id=request.id)
    settings_with(VAPID_PRIVATE_KEY="")
    update_request(db, request.id, Changes(status=Status.IN_PROGRESS), user=user)
    update_request(db, request.id, Changes(priority=Priority.URGENT), user=user)
    submit_request(db.connection(), Submission("불이 났어요"), timezone=get_settings().timezone)
    db.commit()
    assert not set(db.scalars(select(Run.event))) & set(_TASKS)


def test_a_push_service_that_hangs_keeps_few_messages() -> None:
    """A message to the worker is one thread of the mails' worker for as long as all of it takes."""
    assert POLICIES["push.send_message"].batch <= 4
