"""The outside world as Haja sees it: one small interface per port.

``models/wiring.py`` names the adapter for each. Every adapter sorts foreign errors into
:class:`TransientError` (try again later) and :class:`PermanentError` (never will work).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


class TransientError(Exception):
    """The outside did not do it now and certainly did nothing; a later try may succeed."""


class PermanentError(Exception):
    """The outside refused for good; trying again changes nothing."""


class AmbiguousError(Exception):
    """The outside may or may not have done it, and nobody can know."""


@dataclass(frozen=True, slots=True)
class Triage:
    """What an engine thinks of one request.

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


@dataclass(frozen=True, slots=True)
class TriageText:
    """What an engine gets to read: the requester's words and language (``ko`` or ``en``)."""

    description: str
    location: str = ""
    language: str = "ko"


class TriageEngine(Protocol):
    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """Categorise each text, in order.

        Raises:
            TransientError: the engine is away, slow or over its quota.
            PermanentError: the engine refuses these texts, or is set up wrongly.
        """
        ...


@runtime_checkable
class CallingEngine(TriageEngine, Protocol):
    """An engine that asks somebody outside, who takes his time; hundreds at once, all in one event
    loop.

    Its answers may be kept under ``model`` and ``prompt_version``, unless they are ``degraded``.
    """

    @property
    def model(self) -> str: ...

    @property
    def prompt_version(self) -> str: ...

    async def ask(self, text: TriageText) -> Triage:
        """What :meth:`triage` says of one text.

        Raises:
            TransientError, PermanentError
        """

    async def close(self) -> None:
        """Give connections back; to be called in the loop that asked. The next call opens new ones."""


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A rendered message. ``message_id`` has its angle brackets and never changes over tries."""

    message_id: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = field(default=())


class MailSender(Protocol):
    def send(self, mail: OutgoingMail, *, before_handover: Callable[[], None]) -> None:
        """Hand one message to the mail server.

        ``before_handover`` is called once, after the body was sent and before the final dot of
        SMTP's DATA (RFC 5321, section 4.1.1.4): whatever fails up to then certainly sent nothing.
        An exception raised by ``before_handover`` itself passes through and sends nothing.

        Raises:
            TransientError: certainly not sent (no connection, 4xx, time ran out before the dot).
            PermanentError: certainly refused (5xx).
            AmbiguousError: the connection was lost after the dot and before the reply.
        """
        ...

    def check(self) -> None:
        """Raise TransientError unless the mail server answers and lets us in now."""
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
        """Keep ``content`` under ``key``; putting the same again is harmless. Durable on return."""
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
        """Tell open pages that something changed; at most once, never raises, never blocks long.

        Only names and ids travel; each live process loads what its listeners may see.
        """
        ...

    def publish_each(self, kind: str, subject_ids: Sequence[int]) -> None:
        """As ``publish`` for each of many, in one trip."""
        ...


class Cache(Protocol):
    """A memory that all processes share and that may forget anything at any time.

    Never raises and never blocks for long: whoever asks must be able to do without it.
    """

    def get(self, key: str) -> bytes | None:
        """None if there is no such key, or if the cache is away."""
        ...

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Keep ``value`` for at most ``seconds``."""
        ...

    def claim(self, key: str, *, seconds: float) -> bool:
        """True for one caller in ``seconds``; True for everybody while the cache is away."""
        ...
