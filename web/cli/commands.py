"""Commands: ``flask --app web:create_app users|teams|reports|ledger|triage ...``."""

import getpass
from datetime import datetime, timedelta

import click
from flask import Flask
from flask.cli import AppGroup

from config.settings import get_settings
from models.ledger import failed_steps
from models.report import ReportKind
from models.services import account_links, reports, users
from models.services.accounts import change_account, list_accounts
from models.words import Language, Role
from web.cli.complaining import complaining
from web.cli.import_export import export_group, import_group
from web.cli.replies import replies_group
from web.cli.teams import teams_group
from web.cli.triage import triage_group
from web.http.database import transaction

users_group = AppGroup("users", help="Accounts.")
ledger_group = AppGroup("ledger", help="Work that needs a person.")
reports_group = AppGroup("reports", help="Reports.")


@users_group.command("create")
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="operator")
@click.option("--name", default="")
@click.option("--language", type=click.Choice(["ko", "en"]), default="ko")
@click.password_option()
def create(username: str, role: str, name: str, language: str, password: str) -> None:
    """Make an account."""
    with complaining(), transaction() as session:
        users.create_user(
            session,
            username=username,
            password=password,
            role=role,
            name=name,
            language=language,
        )
    click.echo(f"{username}: created as {role}")


@users_group.command("invite")
@click.argument("address")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="operator")
@click.option("--language", type=click.Choice(["ko", "en"]), default="ko")
def invite(address: str, role: str, language: str) -> None:
    """Mail a link with which somebody makes an account; an earlier one ends."""
    with complaining(), transaction() as session:
        link = account_links.invite(
            session,
            address,
            role=Role(role),
            language=Language(language),
            invited_by=getpass.getuser(),
        )
    click.echo(f"{link.address}: invited as {role}")


@users_group.command("list")
def list_() -> None:
    """All accounts, and invitations that are open."""
    with transaction() as session:
        for user, last_login in list_accounts(session):
            state = "" if user.active else "  disabled"
            seen = f"{last_login:%Y-%m-%d}" if last_login else "never"
            click.echo(
                f"{user.username}  {user.role}  {user.name}  {user.language}  "
                f"last login {seen}{state}"
            )
        for link in account_links.list_invitations(session):
            click.echo(f"{link.address}  {link.role}  invited until {link.expires_at:%Y-%m-%d}")


@users_group.command("revoke")
@click.argument("address")
def revoke(address: str) -> None:
    """End the open invitation of an address."""
    with transaction() as session:
        mine = [
            link.id
            for link in account_links.list_invitations(session)
            if link.address == users.fold_username(address)
        ]
        for link_id in mine:
            account_links.revoke_invitation(session, link_id)
    if not mine:
        raise click.ClickException(f"{address}: no open invitation")
    click.echo(f"{address}: invitation revoked")


@users_group.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """Stop an account from logging in; its open logins end at once."""
    with complaining(), transaction() as session:
        users.disable_user(session, users.get_user(session, username))
    click.echo(f"{username}: disabled")


@users_group.command("enable")
@click.argument("username")
def enable(username: str) -> None:
    """Let a disabled account log in again."""
    with complaining(), transaction() as session:
        users.enable_user(users.get_user(session, username))
    click.echo(f"{username}: enabled")


@users_group.command("change")
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]))
@click.option("--name")
@click.option("--language", type=click.Choice(["ko", "en"]))
def change(username: str, role: str | None, name: str | None, language: str | None) -> None:
    """Change what is given of an account."""
    with complaining(), transaction() as session:
        user = users.get_user(session, username)
        users.check_name(user.name if name is None else name)
        change_account(
            session,
            user,
            name=user.name if name is None else name,
            language=Language(language or user.language),
            role=Role(role or user.role),
        )
    click.echo(f"{username}: changed")


@users_group.command("password")
@click.argument("username")
@click.password_option()
def password(username: str, password: str) -> None:
    """Give an account another password; its open logins end at once."""
    with complaining(), transaction() as session:
        users.set_password(session, users.get_user(session, username), password)
    click.echo(f"{username}: password changed")


@users_group.command("ensure-admin")
def ensure_admin() -> None:
    """Make the first admin from HAJA_ADMIN_EMAIL and HAJA_ADMIN_PASSWORD, once."""
    settings = get_settings()
    if not settings.haja_admin_email or not settings.haja_admin_password:
        return
    with complaining(), transaction() as session:
        if users.find_user(session, settings.haja_admin_email) is None:
            users.create_user(
                session,
                username=settings.haja_admin_email,
                password=settings.haja_admin_password,
                role=Role.ADMIN,
                name="Admin",
            )
            click.echo(f"{settings.haja_admin_email}: created as admin")


@reports_group.command("send")
@click.option("--kind", type=click.Choice([k.value for k in ReportKind]), default="daily")
def send(kind: str) -> None:
    """Order a report to REPORT_RECIPIENTS now: of today, or of the last seven days."""
    settings = get_settings()
    if not settings.report_mailboxes:
        raise click.ClickException("REPORT_RECIPIENTS is not set: nobody to send it to")
    today = datetime.now(settings.timezone).date()
    first = today - timedelta(days=6) if kind == ReportKind.WEEKLY else today
    with transaction() as session:
        report = reports.order_report(session, ReportKind(kind), first_day=first, last_day=today)
        recipients = list(map(str, report.recipients or ()))
    click.echo(f"{kind} report ordered for {', '.join(recipients)}")


@ledger_group.command("list")
def list_failed_steps() -> None:
    """Steps that are dead or unknown."""
    with transaction() as session:
        for trouble in failed_steps.list_failed_steps(session):
            about = f"{trouble.event} {trouble.subject_id}"
            click.echo(
                f"{trouble.run_id}.{trouble.position}  {trouble.state}  {trouble.task}  "
                f"({about})  {trouble.last_error}"
            )


_STEP = click.argument("step", metavar="RUN.POSITION")
_WHY = click.option("--why", default="", help="Kept with the decision.")
_BY = click.option(
    "--by", default=getpass.getuser, show_default="who runs the command", help="Kept, too."
)


@ledger_group.command("retry")
@_STEP
@_WHY
@_BY
def retry(step: str, why: str, by: str) -> None:
    """Give a dead step another set of tries."""
    with complaining(), transaction() as session:
        failed_steps.retry_step(session, *_step_of(step), by=by, why=why)
    click.echo(f"{step}: will be tried again")


@ledger_group.command("discard")
@_STEP
@_WHY
@_BY
def discard(step: str, why: str, by: str) -> None:
    """Accept that a dead or unknown step is not to be done."""
    with complaining(), transaction() as session:
        failed_steps.discard_step(session, *_step_of(step), by=by, why=why)
    click.echo(f"{step}: discarded")


@ledger_group.command("send-again")
@_STEP
@_WHY
@_BY
def send_again(step: str, why: str, by: str) -> None:
    """Send a message anew whose first sending nobody can know of."""
    with complaining(), transaction() as session:
        failed_steps.send_again(session, *_step_of(step), by=by, why=why)
    click.echo(f"{step}: sent again as a new message")


def _step_of(name: str) -> tuple[int, int]:
    run_id, _, position = name.partition(".")
    if not (run_id.isdigit() and position.isdigit()):
        raise click.BadParameter("name a step as RUN.POSITION, such as 17.2")
    return int(run_id), int(position)


def init_cli(app: Flask) -> None:
    app.cli.add_command(import_group)
    app.cli.add_command(export_group)
    app.cli.add_command(ledger_group)
    app.cli.add_command(triage_group)
    app.cli.add_command(users_group)
    app.cli.add_command(teams_group)
    app.cli.add_command(reports_group)
    app.cli.add_command(replies_group)
