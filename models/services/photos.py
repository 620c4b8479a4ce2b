"""Photos from the upload to the stored renditions."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.orm import Session

from models.base import now
from models.errors import TooManyPhotos
from models.ledger.events import record_event
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo, PhotoOriginal, PhotoState
from models.ports import PhotoStorage, ProcessedPicture
from models.timeline_entry import PHOTO, TimelineEntry

MAX_PHOTOS_PER_UPLOAD = 5
MAX_PHOTOS_PER_REQUEST = 20


# A photo's bytes are written in parts of this size (bytes), so that no upload is held in memory.
PART = 1 << 20


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """An upload whose bytes were found to be of ``content_type``; ``size`` in bytes, ``sha256`` in
    hex. ``file`` can be read from its start again and again."""

    content_type: str
    size: int
    sha256: str
    file: BinaryIO

    @property
    def is_large(self) -> bool:
        """Whether its bytes take more than one part."""
        return self.size > PART

    def parts(self) -> Iterator[bytes]:
        """The bytes in order, at least one part."""
        self.file.seek(0)
        yield self.file.read(PART)
        while part := self.file.read(PART):
            yield part

    def as_row(self, part: int) -> dict[str, Any]:
        """What the table ``photos`` keeps of it."""
        return {
            "part": part,
            "content_type": self.content_type,
            "size": self.size,
            "sha256": self.sha256,
        }


def new_photo(content_type: str, file: BinaryIO) -> NewPhoto:
    """The photo that ``file`` holds from its start to its end."""
    file.seek(0)
    digest = hashlib.sha256()
    size = 0
    while part := file.read(PART):
        digest.update(part)
        size += len(part)
    return NewPhoto(content_type, size, digest.hexdigest(), file)


def append_part(connection: Connection, photo_id: int, number: int, content: bytes) -> None:
    """Write a further part of an original; ``number`` counts from 0."""
    row = {"photo_id": photo_id, "part": number, "content": content}
    connection.execute(insert(PhotoOriginal), row)


def _add_photo(session: Session, request_id: int, upload: NewPhoto, *, call_id: str) -> Photo:
    """Raises TooManyPhotos: the request has as many as one may have."""
    # Locked, so that of many uploads at once no more get in than there may be.
    session.execute(
        select(MaintenanceRequest.id).where(MaintenanceRequest.id == request_id).with_for_update()
    )
    held = session.scalar(select(func.count()).where(Photo.request_id == request_id)) or 0
    if held >= MAX_PHOTOS_PER_REQUEST:
        raise TooManyPhotos(field="file")
    row = upload.as_row(0)
    del row["part"]
    photo = Photo(request_id=request_id, **row)
    session.add(photo)
    session.flush()
    for number, part in enumerate(upload.parts()):
        append_part(session.connection(), photo.id, number, part)
    record_event(session, "photo_added", subject_id=photo.id, request_id=call_id)
    return photo


def add_later_photo(
    session: Session,
    maintenance_request: MaintenanceRequest,
    upload: NewPhoto,
    *,
    actor: str,
    call_id: str,
) -> Photo:
    """A photo that comes after the request; the timeline says so.

    Raises:
        TooManyPhotos: the request has as many as one may have.
    """
    photo = _add_photo(session, maintenance_request.id, upload, call_id=call_id)
    session.add(TimelineEntry(request_id=maintenance_request.id, event=PHOTO, actor=actor))
    return photo


def add_later_photos(
    session: Session,
    maintenance_request: MaintenanceRequest,
    uploads: Iterable[NewPhoto],
    *,
    actor: str,
    call_id: str,
) -> list[Photo]:
    """Those of ``uploads`` that were added: in order, as long as the request may have more."""
    added: list[Photo] = []
    with suppress(TooManyPhotos):
        added.extend(
            add_later_photo(session, maintenance_request, upload, actor=actor, call_id=call_id)
            for upload in uploads
        )
    return added


def find_request_id(session: Session, photo_id: int) -> int | None:
    return session.scalar(select(Photo.request_id).where(Photo.id == photo_id))


def find_original(session: Session, photo_id: int) -> bytes | None:
    """The uploaded bytes, or None once they were processed or their request was deleted."""
    parts = session.scalars(
        select(PhotoOriginal.content)
        .where(PhotoOriginal.photo_id == photo_id)
        .order_by(PhotoOriginal.part)
    )
    return b"".join(parts) or None


def store_renditions(
    storage: PhotoStorage, original: bytes, picture: ProcessedPicture
) -> dict[str, dict[str, str]]:
    """Put every rendition under a key made of the original's hash: again is the same object.

    Returns ``{size: {format: key}}``.
    """
    digest = hashlib.sha256(original).hexdigest()
    keys: dict[str, dict[str, str]] = {}
    for rendition in picture.renditions:
        key = f"{digest[:2]}/{digest}/{rendition.name}.{rendition.format}"
        storage.put(key, rendition.content, rendition.content_type)
        keys.setdefault(rendition.name, {})[rendition.format] = key
    return keys


def record_renditions(
    session: Session, photo_id: int, picture: ProcessedPicture, keys: dict[str, dict[str, str]]
) -> None:
    """The photo is ready; its original has served."""
    photo = session.get(Photo, photo_id)
    if photo is None:
        return
    photo.state = PhotoState.READY
    photo.width, photo.height = picture.width, picture.height
    photo.renditions = keys
    session.execute(delete(PhotoOriginal).where(PhotoOriginal.photo_id == photo_id))
    _touch(session, photo.request_id)


def record_rejection(session: Session, photo_id: int, reason: str) -> None:
    """The bytes are no picture that we open; ``reason`` is for operators."""
    photo = session.get(Photo, photo_id)
    if photo is None:
        return
    photo.state = PhotoState.REJECTED
    photo.rejected_because = reason[:200]
    session.execute(delete(PhotoOriginal).where(PhotoOriginal.photo_id == photo_id))
    _touch(session, photo.request_id)


def _touch(session: Session, request_id: int) -> None:
    """A request whose photos changed looks different: its ETag must change too."""
    request = session.get(MaintenanceRequest, request_id, with_for_update=True)
    if request is not None:
        request.updated_at = now()
