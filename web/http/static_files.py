"""Static files, and how long browsers and caches keep them.

The gateway serves those of its own release before they come here; this is for the files of another
release, and for a web process that stands alone.
"""

from flask import Flask, Response, request, send_from_directory

from config.settings import get_settings
from config.static_files import STATIC_FOLDER, static_version
from web.http.security_headers import YEAR


def init_static_files(app: Flask) -> None:
    app.add_url_rule("/static/<version>/<path:name>", "static", send)


def send(version: str, name: str) -> Response:
    """A page of the release before may still ask for its own version: it gets ours, not kept."""
    response = send_from_directory(STATIC_FOLDER, name)
    if version == static_version():
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


def tell_caches(response: Response) -> None:
    """A page may only run modules from another origin that allows it; these files are public."""
    if request.endpoint == "static" and get_settings().cdn_url:
        response.headers["Access-Control-Allow-Origin"] = "*"
