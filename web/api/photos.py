"""Photos: a later upload, and the processed picture."""

from flask import Blueprint, Response, g, request

from models import wiring
from models.errors import NotFound, TooManyPhotos
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo, PhotoState
from models.serializers import serialize_photo
from models.services.conversation import add_requesters_photos
from models.services.photos import add_later_photos
from web.http.answers import conditional, json_response
from web.http.auth import require_access_to
from web.http.database import db, transaction
from web.http.parameters import takes
from web.http.parsing import ignore_fields
from web.http.problems import Problem
from web.http.uploads import PHOTO_FIELDS, not_added, photo_errors, read_upload

bp = Blueprint("photos", __name__)

_SIGNED_SECONDS = 300
_FORMATS = (("image/avif", "avif"), ("image/webp", "webp"), ("image/jpeg", "jpeg"))


@bp.post("/api/requests/<int:request_id>/upload")
@takes("token")
def upload_photo(request_id: int) -> Response:
    """Add photos; they are processed in the background. The answer is the first one, and names the
    others and what was not taken where several files came. After the request's end only operators
    add any."""
    found = db.session().get(MaintenanceRequest, request_id)
    user = require_access_to(found)
    if found is None:
        raise NotFound
    if request.mimetype != "multipart/form-data":
        raise Problem(415, "unsupported_media_type", headers={"Accept": "multipart/form-data"})
    photos = read_upload()
    ignore_fields(set(request.form) - PHOTO_FIELDS)
    with transaction() as session:
        if user is None:
            added = add_requesters_photos(session, found.id, photos.taken, call_id=g.request_id)
        else:
            actor = user.name or user.username
            added = add_later_photos(
                session, found, photos.taken, actor=actor, call_id=g.request_id
            )
        if not added:
            raise TooManyPhotos(field="file")
    token = "" if user else request.args.get("token", "")
    shown = [serialize_photo(photo, token) for photo in added]
    refused = photos.refused + not_added(photos, len(added))
    if len(shown) + len(refused) == 1:
        return json_response(shown[0], 202)
    return json_response({**shown[0], "photos": shown, "photo_errors": photo_errors(refused)}, 202)


@bp.get("/api/photos/<int:photo_id>")
@takes("token")
def show_photo(photo_id: int) -> Response:
    """The picture in its largest size."""
    return _show(photo_id, "large")


@bp.get("/api/photos/<int:photo_id>/<size>")
@takes("token")
def show_rendition(photo_id: int, size: str) -> Response:
    """The picture as ``thumb``, ``medium`` or ``large``."""
    return _show(photo_id, size)


def _show(photo_id: int, size: str) -> Response:
    session = db.session()
    photo = session.get(Photo, photo_id)
    owner = session.get(MaintenanceRequest, photo.request_id) if photo else None
    require_access_to(owner)
    if photo is None or photo.state == PhotoState.REJECTED:
        raise NotFound
    if photo.state != PhotoState.READY:
        raise Problem(409, "photo_not_ready", headers={"Retry-After": "2"})
    formats: dict[str, str] | None = photo.renditions.get(size)
    if not formats:
        raise NotFound
    session.rollback()  # no connection is held while the storage answers
    return _serve(formats)


def _serve(formats: dict[str, str]) -> Response:
    key = formats[_best_format(formats)]
    storage = wiring.photo_storage()
    response: Response
    if address := storage.signed_url(key, seconds=_SIGNED_SECONDS):
        response = Response(status=302, headers={"Location": address})
        response.headers["Cache-Control"] = f"private, max-age={_SIGNED_SECONDS // 2}"
    else:
        stored = storage.get(key)
        response = Response(stored.content, content_type=stored.content_type)
        # The key is made of the content: this address never shows another picture.
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        response.headers["Content-Disposition"] = "inline"
        response.set_etag(key.replace("/", "-"))
        conditional(response)
    # A kept picture ends with the login that it was kept for.
    response.vary.update(("Accept", "Authorization", "Cookie"))
    return response


def _best_format(formats: dict[str, str]) -> str:
    """The smallest format that the caller's Accept names; JPEG for everybody else."""
    named = {item for item, quality in request.accept_mimetypes if quality > 0}
    for content_type, name in _FORMATS:
        if name in formats and (content_type in named or name == "jpeg"):
            return name
    return next(iter(formats))
