"""The requester's own contact, corrected on the status page. What it was is never shown there: whoever has
the link may be somebody else."""

from flask import Response, g, redirect, request

from models.errors import Forbidden, TooManyCorrections
from models.services.contact_corrections import correct_own_contact
from web.http.database import db, transaction
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem, reason_of
from web.pages.blueprint import bp
from web.pages.status import Typed, address_of, opened_by_link, status_page
from web.schemas import OwnContactIn


@bp.post("/r/<reference>/contact")
@takes("token")
def correct_contact(reference: str) -> Response:
    """Write it down, then the page again.

    Raises:
        Forbidden: without the link's token.
    """
    found = opened_by_link(reference)
    if found is None:
        raise Forbidden
    typed = request.form.get("contact_info", "")
    try:
        given = parse(OwnContactIn, {"contact_info": typed})
        with transaction() as session:
            correct_own_contact(session, found.id, given.contact_info, call_id=g.request_id)
    except (Problem, TooManyCorrections) as error:
        message, status = reason_of(error)
    else:
        return redirect(address_of(found, notice="contact"), 303)  # type: ignore[return-value]
    db.session().expire(found)
    return status_page(found, contact=Typed(typed, message), status=status)
