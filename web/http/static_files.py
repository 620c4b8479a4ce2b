"""How long browsers and caches keep static files.

The gateway serves them before they come here; this is for a web process that stands alone.
"""

from flask import Response, request

from config.settings import get_settings
from web.http.security_headers import YEAR


def tell_caches(response: Response) -> None:
    if request.endpoint != "static":
        return
    if "v" in request.args and response.status_code == 200:
        # The address carries a hash of the content (see ``asset``): it never means another file.
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    if get_settings().cdn_url:
        # A page may only run modules from another origin that allows it; these files are public.
        response.headers["Access-Control-Allow-Origin"] = "*"
