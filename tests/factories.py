"""Rows for tests, with traits: ``RequestFactory(completed=True)``."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

import factory
from argon2 import PasswordHasher
from sqlalchemy.orm import Session, object_session

from models.ledger.run import Run, Step, StepState
from models.mail import Mail, MailState
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo, PhotoState
from models.report import Report, ReportKind
from models.services.recipients import recipient_key
from models.services.references import new_reference
from models.services.search import index_requests
from models.triage_result import TriageResult
from models.user import User
from models.words import Category, Priority, Role, Status

PASSWORD = "correct horse battery"


@cache
def cheap_hash(password: str = PASSWORD) -> str:
    """Argon2 with its lowest cost, because the tests' passwords protect nothing."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


class Saved(factory.alchemy.SQLAlchemyModelFactory):
    class Meta:
        abstract = True
        sqlalchemy_session_persistence = "flush"


class RequestFactory(Saved):
    class Meta:
        model = MaintenanceRequest

    class Params:
        categorized = factory.Trait(category=Category.PLUMBING, priority=Priority.MEDIUM)
        completed = factory.Trait(
            category=Category.PLUMBING,
            priority=Priority.MEDIUM,
            status=Status.COMPLETED,
            completed_at=factory.LazyAttribute(lambda row: row.created_at + timedelta(hours=2)),
        )
        english = factory.Trait(
            language="en",
            description=factory.Sequence(lambda n: f"The tap on floor {n} drips"),
        )
        anonymous = factory.Trait(contact_info="", contact_email="", requester_name="")

    reference = factory.LazyFunction(new_reference)
    description = factory.Sequence(lambda n: f"{n}층 화장실에서 물이 새요")
    location = factory.Sequence(lambda n: f"본관 {n}층")
    contact_email = factory.Sequence(lambda n: f"kim{n}@example.org")
    contact_info = factory.SelfAttribute("contact_email")
    requester_name = "김하자"
    language = "ko"
    created_at = factory.LazyFunction(lambda: datetime.now(UTC))
    submitted_on = factory.LazyAttribute(lambda row: row.created_at.date())

    @factory.post_generation  # type: ignore[untyped-decorator]
    def indexed(obj, create: bool, _extracted: object, **_kwargs: object) -> None:  # noqa: N805
        """Index the request for search, as the worker does."""
        session = object_session(obj)
        if create and session is not None:
            index_requests(session, [obj])


class UserFactory(Saved):
    class Meta:
        model = User

    class Params:
        manager = factory.Trait(role=Role.MANAGER)
        admin = factory.Trait(role=Role.ADMIN)
        disabled = factory.Trait(active=False)

    username = factory.Sequence(lambda n: f"operator{n}@example.org")
    name = "박운영"
    role = Role.OPERATOR
    password_hash = factory.LazyFunction(cheap_hash)


class PhotoFactory(Saved):
    class Meta:
        model = Photo

    class Params:
        ready = factory.Trait(
            state=PhotoState.READY,
            width=640,
            height=480,
            renditions={"large": {"jpeg": "aa/aa/large.jpeg"}},
        )
        rejected = factory.Trait(state=PhotoState.REJECTED, rejected_because="no picture")

    request_id = factory.LazyFunction(lambda: RequestFactory().id)
    content_type = "image/jpeg"
    size = 1000
    sha256 = "aa"


class TriageResultFactory(Saved):
    class Meta:
        model = TriageResult

    request_id = factory.LazyFunction(lambda: RequestFactory(categorized=True).id)
    category = Category.PLUMBING
    priority = Priority.MEDIUM
    confidence = 0.9
    reason = "‘물’ 표현을 근거로 분류했습니다."
    language = "ko"
    model = "embedded-test"


class ReportFactory(Saved):
    class Meta:
        model = Report

    kind = ReportKind.DAILY
    first_day = factory.LazyFunction(lambda: datetime.now(UTC).date())
    last_day = factory.SelfAttribute("first_day")


class RunFactory(Saved):
    class Meta:
        model = Run

    event = "request_updated"
    subject_id = 1


class StepFactory(Saved):
    class Meta:
        model = Step

    class Params:
        overdue = factory.Trait(
            due_at=factory.LazyFunction(lambda: datetime.now(UTC) - timedelta(seconds=1))
        )

    run_id = factory.LazyFunction(lambda: RunFactory().id)
    position = 0
    task = "stats.refresh_statistics"
    state = StepState.READY
    due_at = factory.LazyFunction(lambda: datetime.now(UTC))


class MailFactory(Saved):
    class Meta:
        model = Mail

    class Params:
        # The update that makes its recipient known: a request of theirs was taken up.
        introduction = factory.Trait(
            kind="update",
            state=MailState.SENT,
            request_id=factory.LazyFunction(lambda: RequestFactory(status=Status.IN_PROGRESS).id),
            recipient_key=factory.LazyAttribute(lambda row: recipient_key(row.recipient)),
        )

    kind = "notice"
    message_id = factory.Sequence(lambda n: f"<{n}@tests.example.org>")
    recipient = "kim@example.org"
    subject = "제목"
    text = "본문"


_ALL = (
    RequestFactory,
    UserFactory,
    PhotoFactory,
    TriageResultFactory,
    ReportFactory,
    RunFactory,
    StepFactory,
    MailFactory,
)


@contextmanager
def using(session: Session) -> Iterator[None]:
    """Factories write through ``session`` inside the block."""
    before = [made._meta.sqlalchemy_session for made in _ALL]
    for made in _ALL:
        made._meta.sqlalchemy_session = session
    try:
        yield
    finally:
        for made, was in zip(_ALL, before, strict=True):
            made._meta.sqlalchemy_session = was
