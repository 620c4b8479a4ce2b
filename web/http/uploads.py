"""Reading an uploaded photo, and refusing at once what is none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import SEEK_END
from typing import BinaryIO, cast

from flask import g, request
from werkzeug.datastructures import FileStorage

from models.errors import TooManyPhotos
from models.problems import detail_of
from models.services.photos import MAX_PHOTOS_PER_UPLOAD, NewPhoto, new_photo
from models.services.picture_format import HEAD, MOST_PIXELS, has_too_many_pixels, sniff
from web.http.language import current_language
from web.http.parsing import field_problem
from web.http.problems import FieldError, Problem
from web.request_body import BUSY

MAX_PHOTO_BYTES = 15 * 1024 * 1024
MAX_BODY_BYTES = 5 * MAX_PHOTO_BYTES + 1024 * 1024
MAX_FORM_FIELD_BYTES = 1024 * 1024
MAX_FORM_PARTS = 50
MAX_TEXT_BYTES = 256 * 1024  # of JSON, or of a form without files


def limit_body() -> None:
    """Before anything is read: only a form with files may be large.

    Raises:
        Problem: 503, this process receives as many large bodies as it may.
    """
    if BUSY in request.environ:
        raise Problem(503, "busy", headers={"Retry-After": "5"})
    if request.mimetype != "multipart/form-data":
        request.max_content_length = MAX_TEXT_BYTES


@dataclass(frozen=True, slots=True)
class Photos:
    """What came with a submission: photos with the names of their files, and why other files are
    none, by theirs."""

    taken: tuple[NewPhoto, ...] = ()
    refused: tuple[FieldError, ...] = ()
    names: tuple[str, ...] = ()


# The field of a form's photos, as clients write it; a later upload's has a name of its own.
_NAMES = ("photos", "photo", "photos[]", "photo[]")
PHOTO_FIELDS = frozenset(_NAMES)
_UPLOAD_NAMES = ("file", "file[]", "files", "files[]", *_NAMES)


def read_upload() -> Photos:
    """The photos of a form that has nothing else; files that are none are named.

    Raises:
        Problem: 422, there is no photo, or a file stands under another name.
    """
    missing = field_problem(_UPLOAD_NAMES[0], "missing")
    try:
        photos = read_photos(_UPLOAD_NAMES)
    except Problem as problem:
        problem.errors += missing.errors
        raise
    if photos.taken:
        return photos
    if not photos.refused:
        raise missing
    errors = photos.refused
    if len(errors) == 1:
        errors = (FieldError(_UPLOAD_NAMES[0], errors[0].message),)
    raise Problem(422, "invalid_input", errors=errors)


def not_added(photos: Photos, added: int) -> tuple[FieldError, ...]:
    """Those after the first ``added``: the request has as many photos as it may have."""
    message = detail_of(TooManyPhotos.code, current_language())
    return tuple(FieldError(name, message) for name in photos.names[added:])


def photo_errors(refused: Iterable[FieldError]) -> list[dict[str, str]]:
    """How an answer names the files that were not taken."""
    return [{"name": one.field, "message": one.message} for one in refused]


def read_photos(names: Sequence[str] = _NAMES) -> Photos:
    """The files of this call's form. A file that is no photo, or one too many, does not keep the
    report from being taken: it is named instead.

    Raises:
        Problem: 422, a file stands under another name.
    """
    form, sent = request.form, request.files
    as_json = g.get("ignored_fields", ())
    if not (form or sent or as_json):
        return Photos()
    texts = [name for name in names if name in as_json or any(form.getlist(name))]
    files = [file for name in names for file in sent.getlist(name) if file.filename]
    others = [name for name in sent if name not in names and any(sent.getlist(name))]
    if others:
        raise field_problem(others[0][:100], "unknown_file", name=names[0])
    taken: list[NewPhoto] = []
    taken_names: list[str] = []
    refused = [error for name in texts for error in field_problem(name, "photo_as_text").errors]
    for file in files:
        name = (file.filename or "")[:100]
        try:
            if len(taken) == MAX_PHOTOS_PER_UPLOAD:
                raise field_problem(name, "too_many_photos", limit=MAX_PHOTOS_PER_UPLOAD)
            taken.append(read_photo(file, name))
            taken_names.append(name)
        except Problem as problem:
            refused += problem.errors
    return Photos(tuple(taken), tuple(refused), tuple(taken_names))


def has_files() -> bool:
    """Whether this call's form came with a file, whatever it is."""
    sent = request.files
    return any(file.filename for name in sent for file in sent.getlist(name))


def read_photo(file: FileStorage, field: str) -> NewPhoto:
    """The file with its real content type, whatever the upload claims.

    Raises:
        Problem: 422 naming ``field`` if it is too large or no picture.
    """
    stream = file.stream
    if stream.seek(0, SEEK_END) > MAX_PHOTO_BYTES:
        raise field_problem(field, "picture_too_large", limit=MAX_PHOTO_BYTES // 2**20)
    stream.seek(0)
    head = stream.read(HEAD)
    content_type = sniff(head)
    if content_type is None:
        raise field_problem(field, "not_a_picture")
    if has_too_many_pixels(head, content_type):
        most = MOST_PIXELS[content_type] // 1_000_000
        raise field_problem(field, "too_many_pixels", limit=most)
    return new_photo(content_type, cast("BinaryIO", stream))
