"""Who has to wait after wrong passwords, and who never does."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import now
from models.ledger.run import Run
from models.login_place import ANYWHERE, LoginPlace
from models.mail import Mail
from models.services import login_places, users
from models.services.housekeeping import run_housekeeping
from models.services.login_places import FREE_ANYWHERE, FREE_FAILURES, MAX_WAIT, Place
from models.user import User
from tests.factories import PASSWORD, UserFactory

STRANGER, HOME, CAFE = Place("198.51.100.7"), Place("192.0.2.1"), Place("203.0.113.9")


def _guess(session: Session, user: User, times: int, place: Place = STRANGER) -> None:
    for _ in range(times):
        assert users.find_by_password(session, user.username, "wrong", place) is None


def _enters(session: Session, user: User, place: Place) -> bool:
    return users.find_by_password(session, user.username, PASSWORD, place) is user


def _row(session: Session, user: User, place: str = f"address:{STRANGER.network}") -> LoginPlace:
    session.flush()
    session.expire_all()
    return session.get_one(LoginPlace, (user.id, place))


def test_a_stranger_makes_only_their_own_place_wait(session: Session) -> None:
    user = UserFactory()
    _guess(session, user, 28)
    assert not _enters(session, user, STRANGER)
    assert _enters(session, user, HOME)


def test_waits_grow_up_to_a_quarter_of_an_hour(session: Session) -> None:
    user, waits = UserFactory(), []
    _guess(session, user, FREE_FAILURES - 1)
    for _ in range(13):
        _guess(session, user, 1)
        row = _row(session, user)
        assert row.locked_until is not None
        waits.append(round((row.locked_until - now()).total_seconds()))
        assert not _enters(session, user, STRANGER)
        row.locked_until = now() - timedelta(seconds=1)
        session.flush()
    assert waits == sorted(waits) and (waits[0], waits[-1]) == (1, MAX_WAIT)
    assert _enters(session, user, STRANGER)
    assert (_row(session, user).failures, _row(session, user).locked_until) == (0, None)


def test_a_right_password_counts_the_next_from_the_beginning(session: Session) -> None:
    user = UserFactory()
    for _ in range(3):
        _guess(session, user, FREE_FAILURES - 1, CAFE)
        assert _enters(session, user, CAFE)


def test_a_known_network_and_a_known_device_never_wait(session: Session) -> None:
    user, other = UserFactory(), UserFactory()
    assert _enters(session, user, HOME)
    _guess(session, user, 2 * FREE_ANYWHERE, HOME)
    assert _enters(session, user, HOME)
    _guess(session, user, FREE_FAILURES + 3, CAFE)
    assert not _enters(session, user, CAFE)
    assert not _enters(session, user, Place(CAFE.network, (other.id,)))
    assert _enters(session, user, Place(CAFE.network, (other.id, user.id)))


def test_a_network_is_not_known_for_ever(session: Session) -> None:
    user = UserFactory()
    assert _enters(session, user, HOME)
    _row(session, user, f"address:{HOME.network}").login_at = now() - timedelta(
        days=login_places.KNOWN_DAYS + 1
    )
    session.flush()
    _guess(session, user, FREE_FAILURES + 3, HOME)
    assert not _enters(session, user, HOME)


def test_guesses_from_many_places_make_those_wait_that_are_not_known(session: Session) -> None:
    user = UserFactory()
    assert _enters(session, user, HOME)
    for number in range(FREE_ANYWHERE + 5):
        _guess(session, user, 1, Place(f"198.51.100.{number}"))
    assert not _enters(session, user, CAFE)
    assert _enters(session, user, HOME)


def test_old_failures_do_not_count(session: Session) -> None:
    user = UserFactory()
    _guess(session, user, FREE_FAILURES - 1)
    for place in (ANYWHERE, f"address:{STRANGER.network}"):
        _row(session, user, place).counted_from = now() - timedelta(days=2)
    session.flush()
    _guess(session, user, 1)
    assert (_row(session, user).failures, _row(session, user, ANYWHERE).failures) == (1, 1)
    assert _enters(session, user, STRANGER)


def test_a_new_password_ends_every_wait(session: Session) -> None:
    user = UserFactory()
    _guess(session, user, 28)
    users.set_password(session, user, "another long one")
    found = users.find_by_password(session, user.username, "another long one", STRANGER)
    assert found is user


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "틀린 비밀번호"), ("en", "Wrong passwords")]
)
def test_the_owner_is_told_once_of_a_burst(session: Session, language: str, words: str) -> None:
    user = UserFactory(username="owner@example.org", language=language)
    for place in (STRANGER, CAFE):
        _guess(session, user, 20, place)
    mail = session.scalars(select(Mail)).one()
    assert (mail.kind, mail.recipient) == ("login_warning", "owner@example.org")
    assert words in mail.subject and STRANGER.network in mail.text
    run = session.scalars(select(Run).where(Run.event == "mail_queued")).one()
    assert run.subject_id == mail.id
    _row(session, user, ANYWHERE).told_at = now() - timedelta(days=2)
    session.flush()
    _guess(session, user, 20)
    assert len(session.scalars(select(Mail)).all()) == 2


def test_an_owner_without_an_address_is_not_told_and_a_slip_tells_nobody(session: Session) -> None:
    _guess(session, UserFactory(username="kim"), 20)
    _guess(session, UserFactory(username="lee@example.org"), login_places.TOLD_OF - 1)
    assert session.scalars(select(Mail)).all() == []


def test_old_places_are_deleted_and_known_ones_stay(session: Session) -> None:
    user = UserFactory()
    assert _enters(session, user, HOME)
    _guess(session, user, 2)
    session.expire_all()
    for row in session.scalars(select(LoginPlace)):
        row.counted_from = now() - timedelta(days=2)
    session.flush()
    run_housekeeping(session)
    kept = session.scalars(select(LoginPlace.place)).all()
    assert kept == [f"address:{HOME.network}"]


def test_a_clock_that_was_ahead_locks_nobody_out_and_silences_nothing(session: Session) -> None:
    user = UserFactory(username="owner@example.org")
    _guess(session, user, FREE_FAILURES + 3)
    for row in session.scalars(select(LoginPlace)):
        for name in ("locked_until", "counted_from", "told_at"):
            if getattr(row, name) is not None:
                setattr(row, name, getattr(row, name) + timedelta(days=400))
    session.flush()
    session.expire_all()
    assert _enters(session, user, STRANGER)
    before = len(session.scalars(select(Mail)).all())
    _guess(session, user, FREE_FAILURES)
    assert len(session.scalars(select(Mail)).all()) == before + 1
    assert _row(session, user).counted_from <= now()
