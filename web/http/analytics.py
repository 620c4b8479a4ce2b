"""Counting visits, where the settings name a service for it: of the form and the status page only.

What is counted is the page's kind, never its address: a status page's address holds a reference and
the requester's token. No script from elsewhere runs here, for it could read both; our own one sends
one message and keeps nothing. Who sends ``DNT`` or ``Sec-GPC`` is not counted.
"""

from flask import Flask, request

from config.settings import Settings, get_settings

GOOGLE = "https://www.google-analytics.com"
MIXPANEL = "https://api-js.mixpanel.com"

_PAGES = {"pages.show_form": "/", "pages.show_status": "/r"}


def init_analytics(app: Flask) -> None:
    app.jinja_env.globals.update(visit=visit)


def visit() -> dict[str, str]:
    """What the script of this page may know; empty where nothing is to be counted."""
    settings = get_settings()
    page = _PAGES.get(request.endpoint or "")
    refused = "1" in (request.headers.get("DNT"), request.headers.get("Sec-GPC"))
    if page is None or refused or not analytics_origins(settings):
        return {}
    return {
        "page": page,
        "google": settings.google_analytics_id,
        "mixpanel": settings.mixpanel_token,
    }


def analytics_origins(settings: Settings) -> list[str]:
    """Where the script sends its messages."""
    services = (
        (settings.google_analytics_id, GOOGLE),
        (settings.mixpanel_token, MIXPANEL),
    )
    return [origin for value, origin in services if value]
