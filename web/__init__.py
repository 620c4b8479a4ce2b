"""The front desk: a thin Flask application. ``web:create_app`` is what gunicorn serves."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config.logging import configure_logging
from config.monitoring import start_monitoring
from config.settings import Settings, get_settings
from models.database import engine_options, watch
from web.api import exports, health, photos, requests, stats, tokens
from web.api.docs import document
from web.cli.commands import init_cli
from web.cli.migrations import init_migrations
from web.errors import init_errors
from web.http.auth import init_auth
from web.http.call_log import init_call_log
from web.http.cors import init_cors
from web.http.database import db, init_database
from web.http.limits import init_limits
from web.http.security_headers import init_security_headers
from web.http.uploads import MAX_BODY_BYTES, MAX_FORM_FIELD_BYTES, MAX_FORM_PARTS, limit_body
from web.pages import init_pages


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application of one process.

    Raises:
        SettingsError: the environment lacks something; nothing was started.
    """
    settings = settings or get_settings()
    configure_logging(settings)
    app = Flask(__name__)
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
    init_security_headers(app, settings)
    init_call_log(app)
    init_cors(app)
    app.before_request(limit_body)
    init_errors(app)
    init_auth(app, settings)
    init_limits(app, settings)
    for module in (requests, exports, photos, stats, tokens, health, document):
        app.register_blueprint(module.bp)
    init_pages(app)
    init_cli(app)
    init_migrations(app)
    if hops := settings.trusted_proxies:
        # Only the last of what the headers list is believed: the rest is the caller's invention.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
