"""What kinds of values settings have, and how each is judged.

A message says what is wrong and quotes nothing: a value may be a secret.
"""

import os
import re
import ssl
from base64 import urlsafe_b64decode
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from limits import parse_many
from pydantic import AfterValidator, Field, StringConstraints

from config.mailboxes import WrongMailbox, parse_address, parse_mailbox, parse_mailboxes
from config.service_urls import (
    base_url,
    http_url,
    is_host,
    is_host_and_port,
    read_broker_url,
    read_database_url,
    read_redis_url,
    site_url,
)

# As browsers send it (RFC 6454, section 6.2): lower case, no path, no default port.
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([1-9]\d{0,4}))?")
_USUAL_PORTS = {"http": "80", "https": "443"}


def _host(name: str) -> str:
    if not is_host(name):
        raise ValueError("is no host name or IP address")
    return name


def _bindable(name: str) -> str:
    if name != "localhost":
        try:
            ip_address(name)
        except ValueError:
            raise ValueError("is no IP address of this machine") from None
    return name


def _upstreams(names: str) -> str:
    if not all(is_host_and_port(name) for name in names.split()):
        raise ValueError("must be one or more host:port, separated by spaces")
    return names


def _folder(path: Path) -> Path:
    try:
        path = path.expanduser().absolute()
        if _existing(path).is_dir():
            return path
    except (OSError, RuntimeError):  # too long, closed to us, or of a user who is none
        pass
    raise ValueError("is no folder, and none can be made there")


def _log_path(path: Path) -> Path:
    try:
        path = path.expanduser().absolute()
        found = _existing(path)
        if (path.is_file() if found == path else found.is_dir()) and os.access(found, os.W_OK):
            return path
    except (OSError, RuntimeError):
        pass
    raise ValueError("is no file that can be written, and none can be made there")


def _existing(path: Path) -> Path:
    """Itself, or the next above it that there is."""
    return next(one for one in (path, *path.parents) if one.exists())


def _certificates(path: Path) -> Path:
    try:
        path = path.expanduser().absolute()
        ssl.create_default_context(cafile=path)
    except (OSError, RuntimeError, ssl.SSLError):
        raise ValueError("is no readable file of certificates (PEM)") from None
    return path


def listed(names: str) -> list[str]:
    """The names between commas, each once, in the order in which they stand there."""
    return list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))


def _address(text: str) -> str:
    return _reachable(lambda: [parse_address(text)], text)


def _mailbox(name: str) -> str:
    return _reachable(lambda: [parse_mailbox(name).address], name)


def _mailboxes(names: str) -> str:
    return _reachable(lambda: [one.address for one in parse_mailboxes(names)], names)


def _reachable(parse: Callable[[], list[str]], text: str) -> str:
    """``text``, if all that it names are addresses in a domain that the world knows, as requesters'
    have to be, or of this machine."""
    try:
        for address in parse():
            if not address.endswith("@localhost"):
                parse_address(address, dotted=True)
    except WrongMailbox as error:
        raise ValueError(f"has a wrong mail address: {str(error).rstrip('.')}") from None
    return text


# Far from what Redis cannot count: it refuses such a call, which passes for a Redis that is away.
_MOST_CALLS = 1_000_000_000
_LONGEST_PERIOD = 366 * 24 * 3600  # seconds


def _rate(text: str) -> str:
    try:
        rates = parse_many(text)
    except ValueError:
        raise ValueError("is no number of calls for a period") from None
    if any(rate.amount < 1 for rate in rates):
        raise ValueError("allows no call at all")
    if any(rate.amount > _MOST_CALLS or rate.get_expiry() > _LONGEST_PERIOD for rate in rates):
        raise ValueError(f"allows more than {_MOST_CALLS} calls, or counts for more than a year")
    return text


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except Exception as error:
        raise ValueError("is no IANA time zone") from error
    return name


def _origins(names: str) -> str:
    if not all(map(_is_origin, listed(names))):
        raise ValueError("must be origins as browsers name them, separated by commas")
    return names


def _is_origin(text: str) -> bool:
    found = _ORIGIN.fullmatch(text)
    if found is None or found[3] == _USUAL_PORTS[found[1]]:
        return False
    return is_host_and_port(f"{found[2]}:{found[3] or 1}")


def _bucket(name: str) -> str:
    if ".." in name or re.fullmatch(r"[\d.]+", name):
        raise ValueError("is no bucket's name: it is an address, or has two full stops together")
    return name


def _login(text: str) -> str:
    user, separator, password = text.partition(":")
    if not (user and separator and password):
        raise ValueError("must be user:password")
    return text


_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _vapid_key(text: str) -> str:
    """A number that is a private key of P-256 (SEC 1, section 3.2.1)."""
    bare = text.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", bare, re.ASCII):
        raise ValueError("must be 32 bytes in base64url, as tools for web push make them")
    if not 0 < int.from_bytes(urlsafe_b64decode(bare + "=")) < _P256_ORDER:
        raise ValueError("is no private key of the curve P-256")
    return bare


def _sentry(url: str) -> str:
    address = http_url(url)
    if not re.fullmatch(r"https?://[^@/]+@[^/]+(?:/[^/]+)*/\d+", address):
        raise ValueError(
            "is no DSN: it has a key before the host and a project's number at the end"
        )
    return address


# A text whose wrong values can be told by their form alone.
def like(pattern: str, why: str) -> AfterValidator:
    form = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(why)
        return text

    return AfterValidator(check)


Text = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=1000)]
Host = Annotated[str, AfterValidator(_host)]
BindAddress = Annotated[str, AfterValidator(_bindable)]
Upstreams = Annotated[str, AfterValidator(_upstreams)]
Folder = Annotated[Path, AfterValidator(_folder)]
LogPath = Annotated[Path, AfterValidator(_log_path)]
Rate = Annotated[str, AfterValidator(_rate)]
BaseUrl = Annotated[str, AfterValidator(base_url)]
HttpUrl = Annotated[str, AfterValidator(http_url)]
Word = Annotated[str, like(r"[\x21-\x7e]{1,1000}", "must be printable ASCII without spaces")]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]
DatabaseUrl = Annotated[str, AfterValidator(read_database_url)]
RedisUrl = Annotated[str, AfterValidator(read_redis_url)]
BrokerUrl = Annotated[str, AfterValidator(read_broker_url)]
SiteUrl = Annotated[str, AfterValidator(site_url)]
SentryDsn = Annotated[str, AfterValidator(_sentry)]
Certificates = Annotated[Path, AfterValidator(_certificates)]
Login = Annotated[str, AfterValidator(_login)]
VapidKey = Annotated[str, AfterValidator(_vapid_key)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Origins = Annotated[str, AfterValidator(_origins)]
Address = Annotated[str, AfterValidator(_address)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
Mailboxes = Annotated[str, AfterValidator(_mailboxes)]
Telephone = Annotated[
    str, like(r"\+?\d(?:[ -]?\d){1,18}", "is no telephone number that can be dialled")
]
Bucket = Annotated[
    str,
    like(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "is no bucket's name (3 to 63 of a-z 0-9 . -)"),
    AfterValidator(_bucket),
]
Region = Annotated[str, like(r"(?!.{0,38}--)[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", "is no region")]
NewRelicKey = Annotated[str, like(r"[A-Za-z0-9]{40}", "has not 40 letters and digits")]
GoogleAnalyticsId = Annotated[str, like(r"G-[A-Z0-9]{4,20}", "is no Google Analytics 4 id")]
Token = Annotated[str, like(r"[A-Za-z0-9]{8,64}", "is no project token")]
