"""What a caller shows to be let in."""

from typing import Any
from urllib.parse import parse_qs

from websockets.http11 import Request

from config.settings import Settings
from live.answers import Refusal, one_header
from models.errors import NotAuthenticated
from models.services.access_tokens import cookie_name, read_access_token
from models.services.links import Link, read_token

BEARER = "bearer"  # the subprotocol of who sends a token with the handshake


_PARAMETERS = frozenset({"token", "last", "lang"})
_SHOWN_NAME, _SHOWN_ERRORS = 100, 20


def query_of(request: Request) -> dict[str, str]:
    """The first value of each parameter."""
    return {name: values[0] for name, values in _query_of(request).items()}


def check_parameters(request: Request) -> None:
    """Raises Refusal (422): a parameter means nothing here, or is there twice."""
    wrong = {
        name[:_SHOWN_NAME]: "repeated" if name in _PARAMETERS else "unknown_parameter"
        for name, values in _query_of(request).items()
        if name not in _PARAMETERS or len(values) > 1
    }
    if wrong:
        raise Refusal(422, "invalid_input", wrong=dict(list(wrong.items())[:_SHOWN_ERRORS]))


def _query_of(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.path.partition("?")[2], keep_blank_values=True, errors="replace")


def shown_link(request: Request, settings: Settings) -> Link | None:
    """What the call's ``token`` opens, if it was signed by us."""
    return read_token(settings, query_of(request).get("token", ""))


def read_claims(request: Request, settings: Settings, *, cookies: bool) -> dict[str, Any]:
    """The claims of the access token that is shown; see ``read_access_token``.

    Raises:
        NotAuthenticated: none is shown, or it does not hold.
        Refusal: a header is there twice.
    """
    token = _bearer(request) or (_cookie(request, settings) if cookies else "")
    if not token:
        raise NotAuthenticated
    return read_access_token(settings.jwt_secret_key, token)


def _bearer(request: Request) -> str:
    """From the Authorization header (RFC 6750; the scheme's case does not count, RFC 9110, section
    11.1), or from the subprotocols: a page cannot set headers on its socket."""
    scheme, _, token = one_header(request, "Authorization").partition(" ")
    if scheme.lower() == BEARER:
        return token.strip()
    offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol")).split(",")
    return offered[1].strip() if len(offered) == 2 and offered[0].strip() == BEARER else ""


def _cookie(request: Request, settings: Settings) -> str:
    wanted = cookie_name(settings, "access")
    # A proxy that speaks HTTP/2 to the browser may hand on several (RFC 9113, section 8.2.3).
    for pair in ";".join(request.headers.get_all("Cookie")).split(";"):
        name, _, value = pair.partition("=")
        if name.strip() == wanted:
            return value.strip()
    return ""
