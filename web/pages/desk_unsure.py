"""One click: what triage was unsure about is right."""

from flask import Response, redirect, request, url_for

from models.services.workflow import Changes
from web.http.parsing import parse
from web.pages.blueprint import bp
from web.pages.desk import back_to_list, save
from web.schemas import ChangesIn


@bp.post("/desk/requests/<int:request_id>/confirm")
def confirm_triage(request_id: int) -> Response:
    """Keep this operator's word that category and priority are right, and go back."""
    shown = parse(ChangesIn, {name: request.form.get(name, "") for name in _FIELDS})
    notice = save(request_id, Changes(category=shown.category, priority=shown.priority))
    return redirect(_back(request_id, notice), 303)  # type: ignore[return-value]


_FIELDS = ("category", "priority")


def _back(request_id: int, notice: str) -> str:
    """The page that the button was on."""
    page = request.form.get("page", "")
    if page == "triage":
        return url_for("pages.show_triage", notice=notice)
    if page == "request":
        return url_for("pages.show_request", request_id=request_id, notice=notice)
    return back_to_list(notice)
