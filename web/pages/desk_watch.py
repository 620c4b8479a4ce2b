"""An operator watches a request, or does not any more."""

from flask import Response, redirect, request, url_for

from models.services.watchers import unwatch_request, watch_request
from web.http.auth import require_user
from web.http.database import transaction
from web.pages.blueprint import bp


@bp.post("/desk/requests/<int:request_id>/watch")
def change_watching(request_id: int) -> Response:
    """``watch`` in the form means: from now on; its absence: no more."""
    change = watch_request if "watch" in request.form else unwatch_request
    with transaction() as session:
        change(session, request_id, require_user().id)
    return redirect(url_for("pages.show_request", request_id=request_id), 303)  # type: ignore[return-value]
