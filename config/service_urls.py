"""Addresses of services in settings: read and judged, without ever quoting one.

They hold passwords, so a message names what is wrong and not what stands there.
"""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, urlsplit

_NAME = re.compile(r"(?!-)[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")
_HOST_AND_PORT = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+):(?P<port>\d{1,5})")
ENCODED = "(in a password, write # / @ : ? % as %23 %2F %40 %3A %3F %25)"


# PostgreSQL 15, section 34.1.2; what names server, user and database stands before them.
_DATABASE_OPTIONS = frozenset(
    [
        "host",
        "port",
        "passfile",
        "channel_binding",
        "connect_timeout",
        "client_encoding",
        "options",
        "application_name",
        "fallback_application_name",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "gssencmode",
        "sslmode",
        "sslcompression",
        "sslcert",
        "sslkey",
        "sslpassword",
        "sslcertmode",
        "sslrootcert",
        "sslcrl",
        "sslcrldir",
        "sslsni",
        "sslnegotiation",
        "requirepeer",
        "ssl_min_protocol_version",
        "ssl_max_protocol_version",
        "require_auth",
        "krbsrvname",
        "gsslib",
        "gssdelegation",
        "target_session_attrs",
        "load_balance_hosts",
        "user",
        "password",
        "dbname",
        "hostaddr",
        "requiressl",
        "service",
    ]
)
_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


def is_host(name: str) -> bool:
    """A host name (RFC 1123, and ``_`` as containers use it) or an IP address without brackets."""
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        labels_are_digits = name.rstrip(".").rpartition(".")[2].isdigit()
        return bool(_NAME.fullmatch(name)) and ".." not in name and not labels_are_digits
    return True


def is_host_and_port(text: str) -> bool:
    """``host:port``, an IPv6 address in brackets."""
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65536:
        return False
    return is_host(found["host"].strip("[]"))


def read_url(url: str, *schemes: str, needs_host: bool = True) -> SplitResult:
    """The parts of an address with one of ``schemes``.

    Raises:
        ValueError: it is none; the message quotes nothing of it.
    """
    if any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("contains a space or a control character")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise ValueError(f"has no readable host and port {ENCODED}") from None
    if parts.scheme not in schemes:
        raise ValueError("must begin with " + " or ".join(f"{scheme}://" for scheme in schemes))
    if parts.fragment or "#" in url or "@" in parts.path or parts.netloc.count("@") > 1:
        raise ValueError(f"has a # or an @ where none belongs {ENCODED}")
    if port == 0:
        raise ValueError("has a port that is none")
    if host and not is_host(host):
        raise ValueError(f"has a host that is none {ENCODED}")
    if needs_host and not host:
        raise ValueError("names no host")
    return parts


def read_database_url(url: str) -> str:
    """With the driver in its scheme, which SQLAlchemy needs; hosting services hand out the bare one.

    Raises:
        ValueError
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg2"):
        raise ValueError("must begin with postgresql://")
    parts = read_url(f"postgresql://{rest}", "postgresql", needs_host=False)
    if not parts.hostname and "host" not in parse_qs(parts.query):
        raise ValueError("names no host")
    if not re.fullmatch(r"/[^/]+", parts.path):
        raise ValueError(f"must end with the database's name {ENCODED}")
    options = parse_qs(parts.query, keep_blank_values=True)
    if not options.keys() <= _DATABASE_OPTIONS:
        raise ValueError("has an option behind it that PostgreSQL's library does not know")
    if not {*options.get("sslmode", ())} <= _SSL_MODES:
        raise ValueError("has an sslmode that is none")
    return f"postgresql+psycopg2://{rest}"


def read_redis_url(url: str) -> str:
    """Raises ValueError."""
    parts = read_url(url, "redis", "rediss")
    if not re.fullmatch(r"(?:/\d{0,4})?", parts.path):
        raise ValueError(f"may only have a database's number behind the host {ENCODED}")
    if parts.query:
        raise ValueError("may have no options behind it: a private authority goes into REDIS_CA")
    return url


def read_broker_url(url: str) -> str:
    """Raises ValueError."""
    if url.startswith(("redis:", "rediss:")):
        return read_redis_url(url)
    parts = read_url(url, "redis", "rediss", "amqp", "amqps")
    if parts.path.count("/") > 1 and not parts.path.startswith("//"):
        raise ValueError(f"has more than a virtual host behind the host {ENCODED}")
    return url


def http_url(url: str) -> str:
    """With its scheme and host in small letters and no slash at the end.

    Raises:
        ValueError
    """
    scheme, separator, rest = url.partition("://")
    parts = read_url(f"{scheme.lower()}{separator}{rest}", "http", "https")
    host = parts.netloc.rpartition("@")[2]
    path = parts.path.rstrip("/")
    return parts._replace(netloc=parts.netloc.removesuffix(host) + host.lower(), path=path).geturl()


def base_url(url: str) -> str:
    """The beginning of addresses: nothing may stand behind its path.

    Raises:
        ValueError
    """
    found = http_url(url)
    if "?" in url:
        raise ValueError("must not have a query: paths are put behind it")
    if "@" in urlsplit(found).netloc:
        raise ValueError("must not hold a login")
    return found


def site_url(url: str) -> str:
    """The address of a whole host: no login, no path, nothing behind it.

    Raises:
        ValueError
    """
    found = http_url(url)
    parts = urlsplit(found)
    if parts.path or parts.query or url.endswith("?"):
        raise ValueError(
            "must be a host's address without a path or query: Haja has a host to itself"
        )
    if "@" in parts.netloc:
        raise ValueError("must not hold a login")
    return found
