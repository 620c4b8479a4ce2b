"""How a command says that something is refused."""

import click

from models.errors import DomainError
from models.services.teams import MOST
from web.http.messages import field_message


class complaining:  # noqa: N801 - reads as a word in the with statement
    """A domain error becomes one line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DomainError):
            what = f"{error.field} {_said(error.message)}".strip() or error.code
            raise click.ClickException(what) from error


def _said(message: str) -> str:
    """Words for people as they are; one word is the name of a sentence that pages say."""
    return (
        field_message(message, "en", {"limit": MOST}) if message and " " not in message else message
    )
