"""Saved views: the list with its filters under a name."""

from urllib.parse import urlencode

from flask import Response, redirect, request, url_for

from models.errors import TooManyViews
from models.services import saved_views
from web.http.auth import require_user
from web.http.database import transaction
from web.http.parsing import parse
from web.pages.blueprint import bp
from web.pages.desk import back_to_list, filters_of, shown_list
from web.schemas import SavedViewIn


@bp.post("/desk/views")
def save_view() -> Response:
    """Keep the list as it is, and show it."""
    given = parse(SavedViewIn, {"name": request.form.get("name", "")})
    query = urlencode(filters_of(shown_list()), doseq=True)
    try:
        with transaction() as session:
            saved_views.save_view(
                session,
                require_user(),
                name=given.name,
                query=query,
                shared="shared" in request.form,
            )
    except TooManyViews as error:
        return redirect(back_to_list(error.code), 303)  # type: ignore[return-value]
    return redirect(f"{url_for('pages.show_desk')}?{query}", 303)  # type: ignore[return-value]


@bp.post("/desk/views/<int:view_id>/delete")
def delete_view(view_id: int) -> Response:
    """Keep it no longer."""
    with transaction() as session:
        saved_views.delete_view(session, view_id, require_user())
    return redirect(back_to_list("view_deleted"), 303)  # type: ignore[return-value]
