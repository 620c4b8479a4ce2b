"""Photos from the upload to the stored renditions."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.base import now
from models.errors import TooManyPhotos
from models.ledger.events import record_event
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo, PhotoOriginal, PhotoState
from models.ports import PhotoStorage, ProcessedPicture
from models.timeline_entry import TimelineEntry

MAX_PHOTOS_PER_UPLOAD = 5
MAX_PHOTOS_PER_REQUEST = 20


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """An upload whose bytes were found to be of ``content_type``."""

    filename: str
    content_type: str
    content: bytes


def add_photo(session: Session, request_id: int, upload: NewPhoto, *, call_id: str = "") -> Photo:
    """Keep the bytes of an upload and record the work on them.

    Raises:
        TooManyPhotos: the request has as many as one may have.
    """
    held = session.scalar(select(func.count()).where(Photo.request_id == request_id)) or 0
    if held >= MAX_PHOTOS_PER_REQUEST:
        raise TooManyPhotos(field="file")
    photo = Photo(
        request_id=request_id,
        filename=upload.filename[:200],
        content_type=upload.content_type,
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
    )
    session.add(photo)
    session.flush()
    session.add(PhotoOriginal(photo_id=photo.id, content=upload.content))
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
        TooManyPhotos: as ``add_photo``.
    """
    photo = add_photo(session, maintenance_request.id, upload, call_id=call_id)
    session.add(TimelineEntry(request_id=maintenance_request.id, event="photo_added", actor=actor))
    return photo


def find_request_id(session: Session, photo_id: int) -> int | None:
    return session.scalar(select(Photo.request_id).where(Photo.id == photo_id))


def find_original(session: Session, photo_id: int) -> bytes | None:
    """The uploaded bytes, or None once they were processed or their request was deleted."""
    return session.scalar(select(PhotoOriginal.content).where(PhotoOriginal.photo_id == photo_id))


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
