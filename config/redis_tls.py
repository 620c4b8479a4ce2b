"""How every client of Redis trusts its certificate; one place for all of them."""

import ssl
from typing import Any
from urllib.parse import urlsplit

from config.settings import Settings


def redis_tls(settings: Settings) -> dict[str, Any]:
    """Options of redis-py for ``settings.redis_url``: none for ``redis://``.

    With ``rediss://`` the certificate and the host's name in it are checked, against REDIS_CA (PEM)
    if that is set, else against the machine's authorities.
    """
    if not settings.redis_url.startswith("rediss:"):
        return {}
    return _checked(settings)


def broker_tls(settings: Settings) -> dict[str, Any] | None:
    """Celery's ``broker_use_ssl``: the same for the queue, whichever broker it is; None without TLS."""
    url = urlsplit(settings.broker_url)
    if url.scheme == "rediss":
        return _checked(settings)
    if url.scheme == "amqps":
        return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": url.hostname}
    return None


def _checked(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    if settings.redis_ca is not None:
        options["ssl_ca_certs"] = str(settings.redis_ca)
    return options
