"""Whether a form comes from a page of ours, as browsers tell it."""

from urllib.parse import urlsplit

from flask import request

from config.settings import get_settings


def is_own_page(*, unless_said: bool) -> bool:
    """What Sec-Fetch-Site says, or at least Origin; ``unless_said`` where the call says neither.
    Every browser of today says one of them with a form."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return unless_said
    # Only compared, never taken apart: it may be anything.
    hosts = (request.host, urlsplit(get_settings().base_url).netloc)
    return origin in {f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts}
