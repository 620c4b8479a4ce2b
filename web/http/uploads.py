"""Reading an uploaded photo, and refusing at once what is none."""

from os import SEEK_END
from typing import BinaryIO, cast

from flask import request
from werkzeug.datastructures import FileStorage

from models.services.photos import NewPhoto, new_photo
from models.services.picture_format import HEAD, sniff
from web.http.parsing import field_problem
from web.http.problems import Problem
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


def read_photo(file: FileStorage, field: str) -> NewPhoto:
    """The file with its real content type, whatever the upload claims.

    Raises:
        Problem: 422 naming ``field`` if it is too large or no picture.
    """
    stream = file.stream
    if stream.seek(0, SEEK_END) > MAX_PHOTO_BYTES:
        raise field_problem(field, "picture_too_large", limit=MAX_PHOTO_BYTES // 2**20)
    stream.seek(0)
    content_type = sniff(stream.read(HEAD))
    if content_type is None:
        raise field_problem(field, "not_a_picture")
    return new_photo(content_type, cast("BinaryIO", stream))
