"""Who gets a socket, decided before the handshake is answered."""

import asyncio
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from websockets.http11 import Request

from config.settings import Settings
from live.address import address_of
from live.answers import Refusal
from live.connection import Socket
from live.credentials import check_parameters, query_of, read_claims, shown_link
from live.entry import EntryId
from live.listener import Listener, Login
from live.origin import Page, page_of
from live.slots import NoSlotLeft, Slot, Slots
from models.database import autocommit_connection, get_engine, is_outage
from models.errors import LinkExpired, LinkRevoked, NotAuthenticated
from models.queries.requests import LinkedRequest, find_linked
from models.services.link_ends import check_link
from models.services.links import Link
from models.services.logins import find_user_of_login

# Less than the handshake may take: whoever waits in vain for the database is told so.
ANSWER_SECONDS = 4.0


class Admission:
    """Lets in who may listen, while there is a slot for them."""

    def __init__(self, settings: Settings, slots: Slots) -> None:
        self._settings = settings
        self._slots = slots

    async def admit(self, socket: Socket, request: Request) -> Listener:
        """The listener, whose slot the socket holds from now on.

        Raises:
            Refusal
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._admit(socket, request)
        except NotAuthenticated as error:
            raise Refusal(401, error.code, {"WWW-Authenticate": "Bearer"}) from None
        except NoSlotLeft:
            raise Refusal(503, "rate_limited", {"Retry-After": "30"}) from None
        except TimeoutError:
            raise _database_away() from None
        except SQLAlchemyError as error:
            if is_outage(error):
                raise _database_away() from None
            raise

    async def _admit(self, socket: Socket, request: Request) -> Listener:
        check_parameters(request)
        page = page_of(request, self._settings)
        link = shown_link(request, self._settings)
        if link is not None:
            return await self._admit_requester(socket, request, link)
        if page is Page.FOREIGN:
            raise Refusal(403, "forbidden")
        return await self._admit_operator(socket, request, cookies=page is Page.OWN)

    async def _admit_requester(self, socket: Socket, request: Request, link: Link) -> Listener:
        address = address_of(request, self._settings.trusted_proxies)
        socket.hold(self._slots, Slot(link.reference, address))
        found = await asyncio.to_thread(_find_linked, link.reference)
        if found is None:
            raise Refusal(404, "not_found")
        try:
            check_link(link, found)
        except (LinkExpired, LinkRevoked) as ended:
            raise Refusal(410, ended.code) from None
        return Listener(request_id=found.id, link_version=link.version, **_heard(request))

    async def _admit_operator(self, socket: Socket, request: Request, *, cookies: bool) -> Listener:
        claims = read_claims(request, self._settings, cookies=cookies)
        login = Login(claims["sid"], int(claims["sub"]), claims["exp"])
        socket.hold(self._slots, Slot())
        if not await asyncio.to_thread(_is_open, login):
            raise NotAuthenticated
        return Listener(login=login, **_heard(request))


def _heard(request: Request) -> dict[str, Any]:
    last = query_of(request).get("last", "")
    return {"returns": bool(last), "last": EntryId.read(last)}


def _find_linked(reference: str) -> LinkedRequest | None:
    with autocommit_connection(get_engine()) as connection:
        return find_linked(connection, reference)


def _is_open(login: Login) -> bool:
    with autocommit_connection(get_engine()) as connection:
        return find_user_of_login(connection, login.session_id, login.user_id) is not None


def _database_away() -> Refusal:
    return Refusal(503, "database_away", {"Retry-After": "5"})
