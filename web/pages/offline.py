"""What makes the form open without a line, pages open from the home screen, and messages come."""

from flask import Response, abort, request, url_for

from config.settings import get_settings
from models.services.push_runs import is_push_on
from web.http.answers import json_response
from web.http.content_policy import service_worker_policy
from web.http.language import current_language
from web.http.parameters import takes
from web.pages.blueprint import bp
from web.pages.template_context import asset
from web.pages.translations import say


@bp.get("/service-worker.js")
def show_service_worker() -> Response:
    """The script that keeps the form's page and shows messages; it stands here because it serves
    what is below it. 404 where the form needs a login and there are no messages: browsers then drop
    the one they have."""
    settings = get_settings()
    parts = [] if settings.intake_require_login else ["js/service_worker.js"]
    if is_push_on():
        parts.append("js/push_worker.js")
    if not parts:
        abort(404)
    script = "".join(f'import "{asset(part)}";\n' for part in parts)
    response = Response(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = service_worker_policy(settings)
    return response


@bp.get("/manifest.webmanifest")
@takes("page")
def show_manifest() -> Response:
    """The form as an entry on a home screen (W3C Web Application Manifest), or the desk
    (``page=desk``)."""
    is_desk = request.args.get("page") == "desk"
    name = str(say("brand"))
    start = url_for("pages.show_desk" if is_desk else "pages.show_form")
    body = {
        "id": start,
        "name": f"{name} · {say('menu.desk' if is_desk else 'form.title')}",
        "short_name": name,
        "lang": current_language(),
        "start_url": start,
        "scope": "/",
        # iOS gives messages to standalone ones only, and knows no override.
        "display": "standalone",
        "display_override": ["minimal-ui"],
        "background_color": "#f4f6f8",
        "theme_color": "#0b6b80",
        "icons": [
            {"src": asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(_icon(size, purpose) for size in (192, 512) for purpose in ("any", "maskable")),
        ],
    }
    response = json_response(body)
    response.mimetype = "application/manifest+json"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def _icon(size: int, purpose: str) -> dict[str, str]:
    name = f"icons/{size}{'-maskable' if purpose == 'maskable' else ''}.png"
    sizes = f"{size}x{size}"
    return {"src": asset(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
