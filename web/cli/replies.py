"""Commands of the prepared replies: ``flask --app web:create_app replies ...``."""

import getpass
import sys

import click
from flask.cli import AppGroup
from pydantic import ValidationError

from models.services.canned_replies import add_reply, delete_reply, get_reply, list_replies
from models.words import Language
from web.cli.complaining import complaining
from web.http.database import transaction
from web.schemas import CannedReplyIn

replies_group = AppGroup("replies", help="Prepared replies to requesters.")
_LANGUAGES = click.Choice([language.value for language in Language])


@replies_group.command("list")
@click.option("--language", type=_LANGUAGES, default=None, help="Of this language only.")
def list_(language: str | None) -> None:
    """All of them, each with its number and the beginning of its text."""
    with transaction() as session:
        for reply in list_replies(session, language or ""):
            beginning = reply.text.splitlines()[0]
            click.echo(f"{reply.id}  {reply.language}  {reply.title}  {beginning}")


@replies_group.command("add")
@click.argument("language", type=_LANGUAGES)
@click.argument("title")
@click.argument("words", metavar="[TEXT]", default="-")
def add(language: str, title: str, words: str) -> None:
    """Keep another one; its text is read from the standard input if it is left out."""
    words = sys.stdin.read() if words == "-" else words
    try:
        given = CannedReplyIn.model_validate({"language": language, "title": title, "text": words})
    except ValidationError as error:
        wrong = (f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        raise click.ClickException("; ".join(wrong)) from None
    with complaining(), transaction() as session:
        reply = add_reply(
            session,
            language=given.language,
            title=given.title,
            words=given.text,
            actor=getpass.getuser(),
        )
        click.echo(f"{reply.id}: added")


@replies_group.command("remove")
@click.argument("number", type=int)
def remove(number: int) -> None:
    """Delete the one of this number."""
    with complaining(), transaction() as session:
        title = get_reply(session, number).title
        delete_reply(session, number)
    click.echo(f"{number}: {title} removed")
