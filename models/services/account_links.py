"""One-time links by mail: an invitation to an account, and a new password for who forgot theirs.

Whoever has the link is taken for the owner of the mailbox. Times are the database's, so that hosts
whose clocks differ agree on when a link ends.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, Select, func, select, text, update
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.account_link import AccountLink, LinkPurpose
from models.errors import Gone, InvalidInput, NotFound
from models.mail_templates.logins import write_invitation, write_password_link
from models.services.contacts import find_email
from models.services.logins import Login, open_login
from models.services.mails import account_mail, queue_mails
from models.services.users import create_user, find_user, fold_username, set_password
from models.user import User
from models.words import Language, Role

log = structlog.get_logger()

INVITATION_LIFETIME = timedelta(days=7)
PASSWORD_LIFETIME = timedelta(hours=1)
# Links to a new password for one address within an hour.
MOST_AN_HOUR = 3
MAX_TOKEN = 100  # characters that are looked at
_KEPT_DAYS = 30

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('account_links'), hashtext(:address))")
_DELETE_OLD = text("""
    DELETE FROM account_links WHERE expires_at < now() - make_interval(days => :days)
""")
_OPEN = (
    AccountLink.used_at.is_(None),
    AccountLink.revoked_at.is_(None),
    AccountLink.expires_at > func.clock_timestamp(),
)


def invite(
    session: Session, address: str, *, role: Role, language: Language, invited_by: str
) -> AccountLink:
    """Mail a link with which the owner of ``address`` makes an account; earlier ones end.

    Raises:
        InvalidInput: it is no e-mail address, or has an account.
    """
    username = fold_username(find_email(address))
    if not username or address.count("@") > 1:
        raise InvalidInput("not_one_address", field="address")
    session.execute(_LOCK, {"address": username})
    if find_user(session, username) is not None:
        raise InvalidInput("has_account", field="address")
    _revoke(session, AccountLink.address == username, LinkPurpose.INVITATION)
    link, url = _add(
        session,
        INVITATION_LIFETIME,
        purpose=LinkPurpose.INVITATION,
        address=username,
        role=role,
        language=language,
        invited_by=invited_by,
    )
    mail = write_invitation(language, username, url)
    queue_mails(session, [account_mail("invitation", username, mail)])
    log.info("account_invited", link_id=link.id, role=role)
    return link


def list_invitations(session: Session) -> Sequence[AccountLink]:
    """Those that are still open, the newest first."""
    return session.scalars(
        select(AccountLink)
        .where(AccountLink.purpose == LinkPurpose.INVITATION, *_OPEN)
        .order_by(AccountLink.id.desc())
    ).all()


def revoke_invitation(session: Session, link_id: int) -> None:
    """Harmless if it has ended."""
    _revoke(session, AccountLink.id == link_id, LinkPurpose.INVITATION)


def send_password_link(session: Session, username: str, *, language: Language) -> None:
    """Mail a link to a new password to the owner of the account, if there is one that is active and
    whose username is an e-mail address, and if it had not too many within the hour.

    Does the same work for every name, so that the time tells nothing; what is for nobody is rolled
    back.
    """
    folded = fold_username(username)
    session.execute(_LOCK, {"address": folded})
    user = find_user(session, folded)
    mailbox = find_email(user.username) if user and user.active else ""
    recent = select(func.count()).where(
        AccountLink.address == folded,
        AccountLink.purpose == LinkPurpose.PASSWORD,
        AccountLink.created_at > func.clock_timestamp() - timedelta(hours=1),
    )
    if (session.scalar(recent) or 0) >= MOST_AN_HOUR:
        return
    _, url = _add(
        session,
        PASSWORD_LIFETIME,
        purpose=LinkPurpose.PASSWORD,
        address=folded,
        user_id=user.id if user and mailbox else None,
    )
    said = user.language if user else language
    mail = write_password_link(said, folded, url)
    with session.begin_nested() as attempt:
        queue_mails(session, [account_mail("password_link", mailbox or folded, mail)])
        if not mailbox:
            attempt.rollback()
    log.info("password_link_asked", user_id=user.id if user and mailbox else None)


def read_link(session: Session, token: str) -> AccountLink:
    """The link with this token, which stays open.

    Raises:
        NotFound: there is none.
        Gone: it has expired, was used or revoked, or the account is disabled.
    """
    link = session.scalar(_with_token(token))
    if link is None:
        raise NotFound
    if session.scalar(_with_token(token).where(*_OPEN)) is None:
        raise Gone
    if link.purpose == LinkPurpose.PASSWORD:
        _owner(session, link)
    return link


def use_link(session: Session, token: str, *, name: str, password: str) -> Login:
    """Make the account, or set the new password; the owner is logged in then. ``name`` is for new
    accounts. Of two who use a link at once one succeeds.

    Raises:
        NotFound, Gone: as ``read_link``.
        InvalidInput: the password is too short or too long.
    """
    link = read_link(session, token)
    taken = session.scalar(
        update(AccountLink)
        .where(AccountLink.id == link.id, *_OPEN)
        .values(used_at=func.clock_timestamp())
        .returning(AccountLink.id)
    )
    if taken is None:
        raise Gone
    if link.purpose == LinkPurpose.PASSWORD:
        user = _owner(session, link)
        set_password(session, user, password)
        return open_login(session, user)
    if find_user(session, link.address) is not None:
        raise Gone
    user = create_user(
        session,
        username=link.address,
        password=password,
        role=link.role,
        name=name,
        language=link.language,
    )
    log.info("invitation_accepted", user_id=user.id, link_id=link.id)
    return open_login(session, user)


def delete_old_links(session: Session) -> None:
    """What ended long ago."""
    session.execute(_DELETE_OLD, {"days": _KEPT_DAYS})


def _owner(session: Session, link: AccountLink) -> User:
    user = session.get(User, link.user_id) if link.user_id else None
    if user is None or not user.active:
        raise Gone
    return user


def _add(session: Session, lifetime: timedelta, **values: object) -> tuple[AccountLink, str]:
    """The link, and the address that is mailed."""
    token = secrets.token_urlsafe(32)
    expires_at = session.scalar(select(func.clock_timestamp() + lifetime))
    link = AccountLink(token_hash=_hash(token), expires_at=expires_at, **values)
    session.add(link)
    session.flush()
    return link, f"{get_settings().base_url}/account?token={token}"


def _revoke(session: Session, which: ColumnElement[bool], purpose: LinkPurpose) -> None:
    session.execute(
        update(AccountLink)
        .where(which, AccountLink.purpose == purpose, *_OPEN)
        .values(revoked_at=func.clock_timestamp())
    )


def _with_token(token: str) -> Select[tuple[AccountLink]]:
    return select(AccountLink).where(AccountLink.token_hash == _hash(token[:MAX_TOKEN]))


def _hash(token: str) -> str:
    # The token has 256 random bits: a slow hash would add nothing.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
