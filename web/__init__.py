"""The web application: a thin Flask, made by ``create_app``."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config.logging import configure_logging
from config.monitoring import start_monitoring
from config.settings import Settings, start_settings
from models.database import engine_options, watch
from web.api import (
    answers,
    bulk_changes,
    exports,
    flower,
    health,
    links,
    photos,
    push_subscriptions,
    replies,
    requests,
    stats,
    teams,
    tokens,
)
from web.api.docs import document
from web.app import WebApp
from web.cli.commands import init_cli
from web.cli.migrations import init_migrations
from web.errors import init_errors
from web.http.auth import init_auth
from web.http.database import db, init_database
from web.http.hooks import init_hooks
from web.http.limits import init_limits
from web.http.static_files import init_static_files
from web.http.uploads import MAX_BODY_BYTES, MAX_FORM_FIELD_BYTES, MAX_FORM_PARTS
from web.pages import init_pages


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application of one process.

    Raises:
        SystemExit: the settings are wrong, as the message says; nothing was started.
    """
    settings = settings or start_settings()
    configure_logging(settings)
    app = WebApp(__name__, static_folder=None)
    start_monitoring(settings, "web", app)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_FIELD_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
    )
    init_database(app)
    with app.app_context():
        watch(db.engine, settings)
    init_auth(app, settings)
    init_limits(app, settings)
    init_hooks(app)
    init_errors(app)
    for module in (
        requests,
        answers,
        bulk_changes,
        links,
        exports,
        photos,
        push_subscriptions,
        replies,
        stats,
        teams,
        tokens,
        health,
        flower,
        document,
    ):
        app.register_blueprint(module.bp)
    init_static_files(app)
    init_pages(app)
    init_cli(app)
    init_migrations(app)
    # The gateway is one hop and appends who called it; what stands before that is believed only as
    # far as the settings say, the rest is the caller's invention.
    hops = 1 + settings.trusted_proxies
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app
