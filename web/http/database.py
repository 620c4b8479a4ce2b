"""Flask-SQLAlchemy over the tables of ``models``: one session per web request."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from models.database import autocommit_connection
from models.tables import metadata

db = SQLAlchemy(metadata=metadata, session_options={"expire_on_commit": False})


@contextmanager
def transaction() -> Iterator[Session]:
    """The web request's session as one transaction: committed at the end, else rolled back."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def transaction_connection() -> Iterator[Connection]:
    """The same for what wants a connection."""
    with transaction() as session:
        yield session.connection()


def init_database(app: Flask) -> None:
    """To be called before the first call; ``app`` has the database's address in its config."""
    db.init_app(app)
    with app.app_context():
        app.extensions["haja.autocommit"] = partial(autocommit_connection, db.engine)


def autocommit() -> AbstractContextManager[Connection]:
    """A connection for single statements: see ``autocommit_connection``."""
    opened: AbstractContextManager[Connection] = current_app.extensions["haja.autocommit"]()
    return opened


@contextmanager
def reading_session() -> Iterator[Session]:
    """The same for what wants a session; what it read may be used when it is closed."""
    with autocommit() as connection, Session(connection) as session:
        yield session
