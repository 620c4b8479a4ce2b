"""Flask-SQLAlchemy over the tables of ``models``: one session per web request."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session

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
