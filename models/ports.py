"""The interfaces of external systems, one small protocol per port.

``models/wiring.py`` names the adapter for each. Every adapter sorts foreign errors into
:class:`TransientError` (try again later) and :class:`PermanentError` (never will work).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


class TransientError(Exception):
    """The external system certainly did nothing; a later try may succeed.

    ``retry_after``: how long (seconds) the other side asked to be left alone, if it did.
    """

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentError(Exception):
    """The external system refused for good; trying again does not help."""


class SubscriptionGone(PermanentError):
    """The push service says that the browser's subscription has ended."""


class AmbiguousError(Exception):
    """It cannot be known whether the external system did it."""


@dataclass(frozen=True, slots=True)
class Triage:
    """An engine's answer about one request.

    ``category`` and ``priority`` are names of ``models.words``, never ``pending``;
    ``confidence`` is a probability from 0 to 1; ``reason`` is one sentence in ``language``.
    """

    category: str
    priority: str
    confidence: float
    reason: str
    language: str
    model: str
    prompt_version: str = ""
    degraded: bool = False

    def as_dict(self) -> dict[str, Any]:
        """By the names of the fields; faster than ``dataclasses.asdict``, which copies values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class TriageText:
    """What an engine reads: the requester's text and language (``ko`` or ``en``)."""

    description: str
    location: str = ""
    language: str = "ko"


class TriageEngine(Protocol):
    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """Categorise each text, in order.

        Raises:
            TransientError: the engine cannot be reached, is slow or is over its quota.
            PermanentError: the engine refuses these texts, or is set up wrongly.
        """
        ...


@runtime_checkable
class CallingEngine(TriageEngine, Protocol):
    """An engine that calls an external service, which may take seconds; hundreds of calls run at
    once in one event loop.

    Its answers may be cached under ``model`` and ``prompt_version``, unless they are ``degraded``.
    """

    @property
    def model(self) -> str: ...

    @property
    def prompt_version(self) -> str: ...

    async def ask(self, text: TriageText) -> Triage:
        """As :meth:`triage`, for one text.

        Raises:
            TransientError, PermanentError
        """

    async def close(self) -> None:
        """Close the connections; to be called in the event loop that used them. The next call opens
        new ones."""


@runtime_checkable
class BackedEngine(CallingEngine, Protocol):
    """A calling engine with another one behind it, whose answers are ``degraded``."""

    @property
    def first(self) -> CallingEngine:
        """The engine without the other: it raises where the other would answer."""


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A rendered message. ``message_id`` has its angle brackets and is the same in every try. An
    empty ``reply_to`` means what the settings say."""

    message_id: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = field(default=())


class MailSender(Protocol):
    def send(self, mail: OutgoingMail, *, before_handover: Callable[[], None]) -> None:
        """Send one message to the mail server.

        ``before_handover`` is called once, after the body was sent and before the final dot of
        SMTP's DATA (RFC 5321, section 4.1.1.4). A failure before that point certainly sent nothing.
        An exception raised by ``before_handover`` itself is raised to the caller; nothing is sent.

        Raises:
            TransientError: certainly not sent (no connection, 4xx, time ran out before the dot).
            PermanentError: certainly refused (5xx).
            AmbiguousError: the connection was lost after the dot and before the reply.
        """
        ...

    def check(self) -> None:
        """Raise TransientError unless the mail server answers and accepts the login now."""
        ...


@dataclass(frozen=True, slots=True)
class OutgoingPush:
    """A message to one browser. ``endpoint``, ``p256dh`` and ``auth`` are its subscription's; ``ttl``
    is how long (seconds) the push service may keep it; ``urgency`` and ``topic`` are those of
    RFC 8030, sections 5.3 and 5.4: a newer message replaces an undelivered one of its topic."""

    endpoint: str
    p256dh: str
    auth: str
    payload: bytes
    ttl: int
    urgency: str
    topic: str


class PushSender(Protocol):
    def send(self, push: OutgoingPush, *, before_handover: Callable[[], None]) -> None:
        """Encrypt the message and give it to its push service.

        ``before_handover`` is called once, when the connection stands and before anything of the
        message is sent. An exception raised by it is raised to the caller; nothing is sent.

        Raises:
            TransientError: certainly not taken (no connection, 429, 5xx).
            SubscriptionGone: the subscription has ended (404, 410).
            PermanentError: certainly refused, or it cannot be encrypted for these keys.
            AmbiguousError: the connection was lost before the answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rendition:
    """One picture: ``name`` is its size (thumb, medium, large); ``format`` jpeg, webp or avif."""

    name: str
    format: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ProcessedPicture:
    """Width and height in pixels after orientation, and the renditions made of it."""

    width: int
    height: int
    renditions: tuple[Rendition, ...]


@dataclass(frozen=True, slots=True)
class StoredObject:
    content: bytes
    content_type: str


class PhotoStorage(Protocol):
    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store ``content`` under ``key``; storing the same again is harmless. Durable on return."""
        ...

    def get(self, key: str) -> StoredObject:
        """Raises PermanentError if there is no such key."""
        ...

    def delete(self, key: str) -> None:
        """Remove ``key``; harmless if it is not there."""
        ...

    def signed_url(self, key: str, *, seconds: int) -> str | None:
        """A short-lived public address, or None where the web process must serve the bytes."""
        ...

    def check(self) -> None:
        """Raise TransientError or PermanentError unless the storage can be written to now."""
        ...


class LiveChannel(Protocol):
    def publish(self, kind: str, subject_id: int | None = None) -> None:
        """Tell open pages that something changed; at most once, never raises, never blocks for long.

        Only names and ids travel; each live process loads what its listeners may see.
        """
        ...

    def publish_each(self, kind: str, subject_ids: Sequence[int]) -> None:
        """As ``publish`` for each of many, in one round trip."""
        ...


class Cache(Protocol):
    """A cache that all processes share and that may lose any entry at any time.

    Never raises and never blocks for long: its callers must be able to work without it.
    """

    def get(self, key: str) -> bytes | None:
        """None if there is no such key, or if the cache cannot be reached."""
        ...

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Store ``value`` for at most ``seconds``."""
        ...

    def claim(self, key: str, *, seconds: float) -> bool:
        """True for one caller in ``seconds``; True for every caller while the cache cannot be
        reached."""
        ...
