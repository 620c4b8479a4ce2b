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
    "photos.upload_photo": LINK,
    "photos.show_photo": LINK,
    "photos.show_rendition": LINK,
    "stats.show_stats": Role.OPERATOR,
    "tokens.issue_token": PUBLIC,
    "tokens.refresh_token": PUBLIC,
    "tokens.revoke_token": PUBLIC,
    "live.listen": LINK,
    "health.healthz": PUBLIC,
    "health.readyz": PUBLIC,
    "health.metrics": PUBLIC,
    "openapi.document": PUBLIC,
    "openapi.page": PUBLIC,
    "openapi.problems": PUBLIC,
    "openapi.asset": PUBLIC,
    "static": PUBLIC,
}
