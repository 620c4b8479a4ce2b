"""What somebody typed into a form of the desk, when it could not be taken as it came.

The session ended meanwhile, or somebody else has logged in in this browser: the fields travel
through the login, and come back in a form that is sent by a click.
"""

import json
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from models.words import LABELS
from web.http.origin import is_own_page
from web.http.problems import Problem

# Those whose loss would be noticed, and the page that each belongs to.
_ENDPOINTS = frozenset(
    {
        "pages.change_request",
        "pages.change_status",
        "pages.confirm_triage",
        "pages.preview_reply",
        "pages.edit_reply",
    }
)
_NOT_KEPT = "csrf_token"  # of the login that ended


# What people write on a form of the desk: words that nobody wants to write twice.
WRITTEN = ("note", "reply")


@dataclass(frozen=True, slots=True)
class KeptForm:
    """``action`` is a path of ours."""

    action: str
    fields: dict[str, str]

    @property
    def shown(self) -> dict[str, str]:
        """Fields that somebody wants to see before they send them; what was written has its own place."""
        return {
            name: value
            for name in ("status", "category", "priority", "assignee")
            if (value := self.fields.get(name)) and (name == "assignee" or value in LABELS[name])
        }

    @property
    def hidden(self) -> dict[str, str]:
        return {name: value for name, value in self.fields.items() if name not in WRITTEN}

    def as_text(self) -> str:
        """For a hidden field; ``read_kept`` reads it."""
        return json.dumps({"action": self.action, "fields": self.fields}, ensure_ascii=False)


def kept_of_call(*, unless_said: bool) -> KeptForm | None:
    """The form of this call, if it is one that is kept and comes from a page of ours."""
    if request.endpoint not in _ENDPOINTS or not is_own_page(unless_said=unless_said):
        return None
    try:
        fields = request.form.to_dict()
    except (HTTPException, Problem):  # larger than allowed, or no text: nothing was read
        return None
    fields.pop(_NOT_KEPT, None)
    return KeptForm(request.path, fields)


def read_kept(text: str) -> KeptForm | None:
    """What ``as_text`` wrote; None if it is anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not _leads_to_form(found.get("action")):
        return None
    fields = found.get("fields")
    if not isinstance(fields, dict) or not all(isinstance(one, str) for one in fields.values()):
        return None
    return KeptForm(found["action"], {**fields})


def _leads_to_form(action: Any) -> bool:
    if not isinstance(action, str):
        return False
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint = adapter.match(action, method="POST")[0] if adapter else ""
    except HTTPException:
        return False
    return endpoint in _ENDPOINTS


def kept_page(kept: KeptForm, csrf_token: str, status: int) -> Response:
    """The form once more, to be sent by a click."""
    page = render_template("kept_form.html", kept=kept, csrf_token=csrf_token)
    return make_response(page, status)
