"""What every template may use: words, times, assets, the caller, and the language switch."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request, url_for

from config.settings import get_settings
from config.static_files import static_path
from models.languages import LANGUAGES
from models.words import Role
from web.http.access import RANK
from web.http.language import current_language
from web.pages.pieces import pieces_in
from web.pages.quality import percent, weeks_in_words

LANGUAGE_NAMES = {"ko": "한국어", "en": "English"}


def init_template_context(app: Flask) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        percent=percent,
        weeks_in_words=weeks_in_words,
        asset=asset,
    )
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    settings = get_settings()
    user = None if g.get("without_viewer") else g.get("user")
    return {
        **pieces_in(current_language()),
        "language_links": _language_links(),
        "emergency_phone": settings.emergency_phone,
        "viewer": user,
        "is_manager": user is not None and RANK[Role(user.role)] >= RANK[Role.MANAGER],
        "csrf_token": csrf_token(),
        "has_inbox": has_inbox(),
    }


def csrf_token() -> str:
    """What a logged-in page's forms must carry; empty for everybody else."""
    return csrf_cookie() if g.get("user") else ""


def csrf_cookie() -> str:
    """What the forms of whoever is logged in here carry."""
    name: str = current_app.config["JWT_ACCESS_CSRF_COOKIE_NAME"]
    return request.cookies.get(name, "")


def has_inbox() -> bool:
    """Whether mails can be read here: a development copy whose launcher keeps an inbox."""
    settings = get_settings()
    return not settings.production and (settings.haja_data_dir / "inbox").is_dir()


def _language_links() -> list[tuple[str, str, str]]:
    """Language, its own name for itself, and this page's address in it.

    The answer to a POST has no address of its own: there the form's page is the best there is.
    """
    path = request.path if request.method in ("GET", "HEAD") else url_for("pages.show_form")
    args: dict[str, Any] = (
        request.args.to_dict(flat=False) if request.method in ("GET", "HEAD") else {}
    )
    return [
        (
            language,
            LANGUAGE_NAMES[language],
            f"{path}?{urlencode({**args, 'lang': language}, doseq=True)}",
        )
        for language in LANGUAGES
    ]


def asset(name: str) -> str:
    """The address of a static file, which may be kept for ever."""
    return get_settings().cdn_url.rstrip("/") + static_path(name)
