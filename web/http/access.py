"""Who may call what, and how often: one table over every route; a route without an entry is
refused.

``PUBLIC`` anybody · ``LINK`` an operator, or the token of the one request's link (the view looks
which) · a role: at least that role.
"""

from dataclasses import dataclass
from enum import StrEnum

from models.words import Role

PUBLIC = "public"
LINK = "link"

RANK = {Role.OPERATOR: 1, Role.MANAGER: 2, Role.ADMIN: 3}


class Limit(StrEnum):
    """``API`` counts all calls of one caller together, the others each call by itself. A call over
    ``LOGIN`` is refused by its view, which first looks who it is (``web.http.passwords``)."""

    INTAKE = "intake"
    API = "api"
    LOGIN = "login"
    TYPING = "typing"
    ACCOUNT_LINK = "account_link"


@dataclass(frozen=True, slots=True)
class Access:
    """``level`` says who may call, ``limit`` what it counts against."""

    level: str
    limit: Limit | None = None

    def scope(self, endpoint: str | None) -> str:
        """Calls with the same scope share a limit."""
        return Limit.API if self.limit is Limit.API else str(endpoint)


_OPERATOR = Access(Role.OPERATOR)
_API = Access(Role.OPERATOR, Limit.API)
_LINK_API = Access(LINK, Limit.API)
_OPEN = Access(PUBLIC)
_LOGIN = Access(PUBLIC, Limit.LOGIN)
_LINK_OF_ACCOUNT = Access(PUBLIC, Limit.ACCOUNT_LINK)

ACCESS: dict[str, Access] = {
    "requests.submit_request": Access(PUBLIC, Limit.INTAKE),
    "requests.list_requests": _API,
    "requests.get_request": _LINK_API,
    "requests.update_request": _API,
    "bulk_changes.update_requests": _API,
    "bulk_changes.undo": _API,
    "links.mail_link": _API,
    "exports.export_requests": _API,
    "answers.answer_request": Access(LINK, Limit.INTAKE),
    "answers.rate": Access(LINK, Limit.INTAKE),
    "photos.upload_photo": Access(LINK, Limit.INTAKE),
    "push_subscriptions.add_subscription": Access(LINK, Limit.INTAKE),
    "push_subscriptions.end_subscription": Access(LINK, Limit.INTAKE),
    "photos.show_photo": _LINK_API,
    "photos.show_rendition": _LINK_API,
    "replies.show_replies": _API,
    "stats.show_stats": _API,
    "teams.list_all": _API,
    "tokens.issue_token": _LOGIN,
    "tokens.refresh_token": _LOGIN,
    "tokens.revoke_token": _LOGIN,
    "health.healthz": _OPEN,
    "health.readyz": _OPEN,
    "health.metrics": _OPEN,
    "flower.check_flower_login": _OPEN,  # counts wrong ones itself
    "openapi.document": _OPEN,
    "openapi.page": _OPEN,
    "openapi.problems": _OPEN,
    "pages.show_form": _OPEN,
    "pages.show_embedded_form": _OPEN,
    "pages.look_for_danger": Access(PUBLIC, Limit.TYPING),
    "pages.show_service_worker": _OPEN,
    "pages.show_manifest": _OPEN,
    "pages.show_status": Access(LINK),
    "pages.send_answer": Access(LINK, Limit.INTAKE),
    "pages.send_rating": Access(LINK, Limit.INTAKE),
    "pages.correct_contact": Access(LINK, Limit.INTAKE),
    "pages.show_login": _OPEN,
    "pages.log_in": _LOGIN,
    "pages.log_out": _OPERATOR,
    "pages.show_profile": _OPERATOR,
    "pages.change_profile": _OPERATOR,
    "pages.remove_device": _OPERATOR,
    "pages.change_password": Access(Role.OPERATOR, Limit.LOGIN),
    "pages.show_users": Access(Role.MANAGER),
    "pages.change_user": Access(Role.ADMIN),
    "pages.invite_user": Access(Role.ADMIN),
    "pages.revoke_invitation": Access(Role.ADMIN),
    "pages.show_teams": Access(Role.MANAGER),
    "pages.add_team": Access(Role.MANAGER),
    "pages.change_team": Access(Role.MANAGER),
    "pages.show_rules": Access(Role.MANAGER),
    "pages.add_rule": Access(Role.MANAGER),
    "pages.change_rule": Access(Role.MANAGER),
    "pages.show_account_link": _LINK_OF_ACCOUNT,
    "pages.use_account_link": _LINK_OF_ACCOUNT,
    "pages.show_forgotten": _OPEN,
    "pages.send_forgotten": _LINK_OF_ACCOUNT,
    "pages.show_desk": _OPERATOR,
    "pages.change_status": _OPERATOR,
    "pages.show_request": _OPERATOR,
    "pages.change_request": _OPERATOR,
    "pages.change_link": _OPERATOR,
    "pages.change_requests": _OPERATOR,
    "pages.undo": _OPERATOR,
    "pages.save_view": _OPERATOR,
    "pages.delete_view": _OPERATOR,
    "pages.preview_reply": _OPERATOR,
    "pages.edit_reply": _OPERATOR,
    "pages.change_watching": _OPERATOR,
    "pages.show_replies": _OPERATOR,
    "pages.add_canned_reply": _OPERATOR,
    "pages.change_canned_reply": _OPERATOR,
    "pages.insert_canned_reply": _OPERATOR,
    "pages.confirm_triage": _OPERATOR,
    "pages.show_dashboard": _OPERATOR,
    "pages.export_dashboard": _OPERATOR,
    "pages.print_dashboard": _OPERATOR,
    "pages.show_triage": Access(Role.MANAGER),
    # The view asks for an operator, after it has said 404 where there is no inbox at all.
    "pages.list_mails": Access(LINK),
    "pages.show_mail": Access(LINK),
    "pages.show_mail_html": Access(LINK),
    "static": _OPEN,
}
