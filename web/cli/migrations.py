"""``flask --app web:create_app db ...``: what Flask-Migrate has to know of Haja."""

from typing import Any

import click
from flask import Flask

from web.http.database import db


def init_migrations(app: Flask) -> None:
    """Make ``flask db`` work, without its library where no command is run: a web worker has no use
    for Alembic and Mako, 11 MB and a tenth of a second."""
    if click.get_current_context(silent=True) is not None:
        _load(app)  # Flask finds the library's own commands by its entry point, and runs them
    else:
        app.cli.add_command(_LaterCommands(app))


def _load(app: Flask) -> click.Group:
    from flask_migrate import Migrate  # only now, see above

    Migrate(app, db, directory="models/migrations", compare_server_default=False)
    commands: Any = app.cli.commands["db"]
    return commands  # type: ignore[no-any-return]


class _LaterCommands(click.Command):
    """Stands for the commands of ``db`` until one of them is asked for."""

    def __init__(self, app: Flask) -> None:
        super().__init__("db", help="Migrate the database.")
        self._app = app

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        return _load(self._app).make_context(info_name, args, parent, **extra)
