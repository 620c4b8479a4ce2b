"""What every template may use: words, times, assets, the caller, and the language switch."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request, url_for

from config.settings import get_settings
from models.languages import LANGUAGES
from models.words import Role
from web.http.access import RANK
from web.http.language import current_language
from web.pages.quality import percent, weeks_in_words
from web.pages.times import machine_moment, show_age, show_date, show_day, show_moment
from web.pages.translations import name_of, say

LANGUAGE_NAMES = {"ko": "한국어", "en": "English"}


def init_template_context(app: Flask) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        t=say,
        name_of=name_of,
        moment=show_moment,
        day=show_day,
        date=show_date,
        percent=percent,
        weeks_in_words=weeks_in_words,
        age=show_age,
        machine_moment=machine_moment,
        asset=asset,
    )
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    settings = get_settings()
    user = None if g.get("without_viewer") else g.get("user")
    return {
        "language": current_language(),
        "language_links": _language_links(),
        "emergency_phone": settings.emergency_phone,
        "viewer": user,
        "is_manager": user is not None and RANK[Role(user.role)] >= RANK[Role.MANAGER],
        "csrf_token": csrf_token(),
        "has_inbox": has_inbox(),
    }


def csrf_token() -> str:
    """What a logged-in page's forms must carry; empty for everybody else."""
    name: str = current_app.config["JWT_ACCESS_CSRF_COOKIE_NAME"]
    return request.cookies.get(name, "") if g.get("user") else ""


def has_inbox() -> bool:
    """Whether mails can be read here: a development copy whose launcher keeps an inbox."""
    settings = get_settings()
    return not settings.production and (settings.haja_data_dir / "inbox").is_dir()


def _language_links() -> list[tuple[str, str, str]]:
    """Language, its own name for itself, and this page's address in it.

    The answer to a POST has no address of its own: there the form's page is the best there is.
    """
    path = request.path if request.method in ("GET", "HEAD") else url_for("pages.show_form")
    args = request.args.to_dict() if request.method in ("GET", "HEAD") else {}
    return [
        (language, LANGUAGE_NAMES[language], f"{path}?{urlencode({**args, 'lang': language})}")
        for language in LANGUAGES
    ]


def asset(name: str) -> str:
    """The address of a static file, with a hash of what is in it: it may be kept for ever."""
    version = _fingerprint(f"{current_app.static_folder}/{name}")
    return get_settings().cdn_url.rstrip("/") + url_for("static", filename=name, v=version)


@lru_cache(maxsize=64)
def _fingerprint(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
