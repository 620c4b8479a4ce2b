"""``flask --app web:create_app db ...``: what Flask-Migrate has to know of Haja."""

import click
from flask import Flask

from web.database import db


def init_migrations(app: Flask) -> None:
    """Make ``flask db`` work where a command is being run; a web worker has no use for Alembic."""
    if click.get_current_context(silent=True) is None:
        return
    from flask_migrate import Migrate  # with Alembic and Mako: 11 MB, a tenth of a second

    Migrate(app, db, directory="models/migrations", compare_server_default=False)
