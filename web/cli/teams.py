"""``flask teams ...``: teams and their members."""

from typing import Any

import click
from flask.cli import AppGroup

from models.services import teams
from models.services.teams import TeamAndMembers
from web.cli.complaining import complaining
from web.http.database import transaction

teams_group = AppGroup("teams", help="Teams that requests are assigned to.")

_TEAM = click.argument("team")
_LANGUAGE = click.Choice(["ko", "en"])


@teams_group.command("list")
def list_() -> None:
    """All teams with their members, closed ones at the end."""
    with transaction() as session:
        for one in teams.list_teams(session):
            click.echo(_line(one))


@teams_group.command("create")
@click.option("--ko", "name_ko", default="", help="The name in Korean.")
@click.option("--en", "name_en", default="", help="The name in English; one of the two is enough.")
@click.option("--address", default="", help="A mailbox of its own, such as a contractor's.")
@click.option("--language", type=_LANGUAGE, default="ko", help="Of mails to that mailbox.")
@click.option("--member", "members", multiple=True, help="A username; may be given several times.")
def create(
    name_ko: str, name_en: str, address: str, language: str, members: tuple[str, ...]
) -> None:
    """Make a team."""
    with complaining(), transaction() as session:
        team = teams.create_team(
            session, name_ko=name_ko, name_en=name_en, address=address, language=language
        )
        teams.change_members(session, team, add=members)
        click.echo(f"{team.name}: created as team:{team.id}")


@teams_group.command("change")
@_TEAM
@click.option("--ko", "name_ko")
@click.option("--en", "name_en")
@click.option("--address")
@click.option("--language", type=_LANGUAGE)
def change(team: str, **given: str | None) -> None:
    """Change what is given of a team, named in either language."""
    with complaining(), transaction() as session:
        found = teams.find_team(session, team)
        words: dict[str, Any] = {
            name: getattr(found, name) if value is None else value for name, value in given.items()
        }
        teams.change_team(session, found, **words)
    click.echo(f"{team}: changed")


@teams_group.command("members")
@_TEAM
@click.option("--add", multiple=True, help="A username; may be given several times.")
@click.option("--remove", multiple=True, help="A username; may be given several times.")
def members(team: str, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Add and remove members, and show who belongs to the team."""
    with complaining(), transaction() as session:
        found = teams.find_team(session, team)
        teams.change_members(session, found, add=add, remove=remove)
        (shown,) = (one for one in teams.list_teams(session) if one.team.id == found.id)
        click.echo(_line(shown))


@teams_group.command("close")
@_TEAM
def close(team: str) -> None:
    """A closed team keeps the requests it has, and gets no more."""
    with complaining(), transaction() as session:
        teams.set_active(session, teams.find_team(session, team), False)
    click.echo(f"{team}: closed")


@teams_group.command("reopen")
@_TEAM
def reopen(team: str) -> None:
    """Let a closed team get work again."""
    with complaining(), transaction() as session:
        teams.set_active(session, teams.find_team(session, team), True)
    click.echo(f"{team}: open")


def _line(one: TeamAndMembers) -> str:
    team = one.team
    names = " / ".join(filter(None, (team.name_ko, team.name_en)))
    members = ", ".join(user.username for user in one.members) or "no members"
    parts = [f"team:{team.id}", names, *filter(None, [team.address]), members]
    return "  ".join([*parts, *([] if team.active else ["closed"])])
