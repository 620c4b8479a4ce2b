"""Who may call what: one table over every route; a route without an entry is refused.

``PUBLIC`` anybody · ``LINK`` an operator, or the token of the one request's link (the view looks
which) · a role: at least that role.
"""

from models.words import Role

PUBLIC = "public"
LINK = "link"

RANK = {Role.OPERATOR: 1, Role.MANAGER: 2, Role.ADMIN: 3}

ACCESS: dict[str, str] = {
    "requests.submit_request": PUBLIC,
    "requests.list_requests": Role.OPERATOR,
    "requests.get_request": LINK,
    "requests.update_request": Role.OPERATOR,
    "exports.export_requests": Role.OPERATOR,
    "photos.upload_photo": LINK,
    "photos.show_photo": LINK,
    "photos.show_rendition": LINK,
    "stats.show_stats": Role.OPERATOR,
    "tokens.issue_token": PUBLIC,
    "tokens.refresh_token": PUBLIC,
    "tokens.revoke_token": PUBLIC,
    "health.healthz": PUBLIC,
    "health.readyz": PUBLIC,
    "health.metrics": PUBLIC,
    "openapi.document": PUBLIC,
    "openapi.page": PUBLIC,
    "openapi.problems": PUBLIC,
    "openapi.asset": PUBLIC,
    "pages.show_form": PUBLIC,
    "pages.show_status": LINK,
    "pages.add_photos": LINK,
    "pages.show_login": PUBLIC,
    "pages.log_in": PUBLIC,
    "pages.log_out": Role.OPERATOR,
    "pages.show_desk": Role.OPERATOR,
    "pages.change_status": Role.OPERATOR,
    "pages.show_request": Role.OPERATOR,
    "pages.change_request": Role.OPERATOR,
    "pages.confirm_triage": Role.OPERATOR,
    "pages.show_dashboard": Role.OPERATOR,
    "pages.show_triage": Role.MANAGER,
    # The view asks for an operator, after it has said 404 where there is no inbox at all.
    "pages.list_mails": LINK,
    "pages.show_mail": LINK,
    "pages.show_mail_html": LINK,
    "static": PUBLIC,
}
