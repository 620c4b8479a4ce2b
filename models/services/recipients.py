"""Requesters' addresses as recipients: anybody may have typed them, so none gets many mails, and no
stranger gets another's words from us."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array, as_rows

_LOCKS = 0x4D41494C  # the class of advisory locks that recipients have

# Waits for others who write to the same recipients: else each of them would count alone.
_LOCK = text("""
    SELECT pg_advisory_xact_lock(:locks, number)
    FROM unnest(CAST(:numbers AS int[])) AS number
""")

# Whom we know: a person of the house took up a request of this address before, and it got the news.
_STANDING = text("""
    SELECT wanted.key,
        (SELECT count(*) FROM (
            SELECT FROM mails WHERE recipient_key = wanted.key AND state <> 'held'
                AND created_at > now() - interval '1 hour' LIMIT :most) AS recent) AS written,
        EXISTS (SELECT FROM mails m JOIN maintenance_requests r ON r.id = m.request_id
            WHERE m.recipient_key = wanted.key AND m.kind = 'update' AND m.state = 'sent'
                AND r.status IN ('in_progress', 'on_hold', 'completed')) AS known
    FROM json_to_recordset(CAST(:keys AS json)) AS wanted (key text)
""")


@dataclass(slots=True)
class _Standing:
    left: int
    known: bool


class Recipients:
    """What may be written to some addresses now. Until the transaction ends nobody else may write to
    them, so it is opened for all of a transaction's addresses at once."""

    def __init__(self, session: Session, addresses: Iterable[str]) -> None:
        keys = {recipient_key(address) for address in addresses if address}
        most = get_settings().mail_recipient_limit
        self._standings: dict[str, _Standing] = {}
        if keys:
            # In the same order for all, so that no two wait for each other.
            numbers = sorted({zlib.crc32(key.encode()) - (1 << 31) for key in keys})
            session.execute(_LOCK, {"locks": _LOCKS, "numbers": as_array(numbers)})
            found = {"keys": as_rows({"key": key} for key in keys), "most": most}
            self._standings = {
                row.key: _Standing(most - row.written, row.known)
                for row in session.execute(_STANDING, found)
            }

    def is_known(self, address: str) -> bool:
        """Whether the address has shown that somebody reads it who has business with the house."""
        return self._standings[recipient_key(address)].known

    def take_turn(self, address: str) -> bool:
        """Whether one more message may go to it within the hour; counts it."""
        standing = self._standings[recipient_key(address)]
        standing.left -= 1
        return standing.left >= 0


def recipient_key(address: str) -> str:
    """The same for all spellings of a mailbox that are common: case, ``+tag``, Gmail's dots."""
    local, _, domain = address.casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
