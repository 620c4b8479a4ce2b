"""How a command says that something is refused."""

import click

from models.errors import DomainError


class complaining:  # noqa: N801 - reads as a word in the with statement
    """A domain error becomes one line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DomainError):
            what = f"{error.field} {error.message}".strip() or error.code
            raise click.ClickException(what) from error
