"""The requester's link on a request's page: send it again, or revoke it."""

from flask import Response, g, redirect, request, url_for

from models.errors import KeyReused, LinkExpired, NoAddress, TooManyLinkMails
from models.services.link_mails import renew_link, send_link
from web.http.auth import require_user
from web.http.database import transaction
from web.http.idempotency import read_key
from web.http.problems import reason_of
from web.pages.blueprint import bp
from web.pages.desk_request import page_with_words


@bp.post("/desk/requests/<int:request_id>/link")
def change_link(request_id: int) -> Response:
    """``revoke`` in the form means: a new one; its absence: the present one once more."""
    user = require_user()
    key, _ = read_key(user)
    change, notice = (
        (renew_link, "link_renewed") if "revoke" in request.form else (send_link, "link_sent")
    )
    try:
        with transaction() as session:
            change(session, request_id, user=user, key=key, call_id=g.request_id)
    except (KeyReused, LinkExpired, NoAddress, TooManyLinkMails) as error:
        return page_with_words(request_id, *reason_of(error))
    address = url_for("pages.show_request", request_id=request_id, notice=notice)
    return redirect(f"{address}#link-heading", 303)  # type: ignore[return-value]
