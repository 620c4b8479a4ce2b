"""Who listens: an operator to everything, a requester to the one request of their link."""

from dataclasses import dataclass

from live.entry import OF_A_REQUEST, STATS, Entry, EntryId


@dataclass(frozen=True, slots=True)
class Login:
    """``ends_at`` is when its token ends, in seconds since 1970."""

    session_id: int
    user_id: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Listener:
    """Has either a login or a request with the version of its link. ``last`` is the message that they heard last, elsewhere or
    before; ``returns`` that they named one, readable or not."""

    login: Login | None = None
    request_id: int | None = None
    link_version: int = 0
    last: EntryId | None = None
    returns: bool = False

    def wants(self, entry: Entry) -> bool:
        if self.login is not None:
            return entry.kind == STATS or entry.kind in OF_A_REQUEST
        return entry.kind in OF_A_REQUEST and entry.request_id == self.request_id
