"""Flask-SQLAlchemy over the tables of ``models``: one session per web request."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session, sessionmaker

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


def init_database(app: Flask) -> None:
    """To be called before the first call; ``app`` has the database's address in its config."""
    db.init_app(app)
    with app.app_context():
        statement_by_statement = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    app.extensions["haja.reading"] = sessionmaker(statement_by_statement)


@contextmanager
def reading() -> Iterator[Session]:
    """A session for statements that only read, each of which sees what is committed when it starts.

    No BEGIN goes before them and no ROLLBACK after: each would be a round trip for nothing.
    """
    with current_app.extensions["haja.reading"]() as session:
        yield session
