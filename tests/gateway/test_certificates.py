"""Encrypted calls, with certificates that the gateway makes itself."""

import socket
import ssl
from pathlib import Path

import pytest

from config.settings import AddressSettings
from gateway.__main__ import caddy_environment
from launcher.server import free_port
from tests.conftest import Servers
from tests.servers.gateway_server import serve_gateway
from tests.servers.web_server import serve
from tests.waiting import wait_for

HOST = "haja.example.org"


def _call(port: int, authority: Path) -> bytes:
    context = ssl.create_default_context(cafile=str(authority))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as wire,
        context.wrap_socket(wire, server_hostname=HOST) as encrypted,
    ):
        encrypted.sendall(
            f"GET /login HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: encrypted.recv(65536), b""))


def _call_when_certified(port: int, authority: Path) -> bytes:
    """No bytes as long as the host's own certificate is still being made."""
    try:
        return _call(port, authority)
    except ssl.SSLError:
        return b""


def test_a_host_of_its_own_is_reached_by_https(servers: Servers, tmp_path: Path) -> None:
    port = free_port()
    public = {"PUBLIC_URL": f"https://{HOST}:{port}", "GATEWAY_TLS": "internal"}
    authority = tmp_path / "gateway/pki/authorities/local/root.crt"
    with (
        serve(tmp_path / "web.log", WEB_CONCURRENCY="1", **public) as web,
        serve_gateway(tmp_path, WEB_PORT=str(web.port), PORT=str(port), **public),
    ):
        wait_for(authority.exists, "there is an authority", seconds=60)
        answer = wait_for(
            lambda: _call_when_certified(port, authority), "the host has a certificate"
        )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nCross-Origin-Opener-Policy: same-origin\r\n" in answer


@pytest.mark.parametrize(
    ("settings", "site", "tls"),
    [
        ({}, "http://:8000", "off"),
        ({"public_url": f"https://{HOST}"}, "http://:8000", "off"),
        ({"public_url": f"https://{HOST}", "port": 443}, f"https://{HOST}:443", "auto"),
        (
            {"public_url": f"https://{HOST}", "port": 443, "gateway_tls": "off"},
            "http://:443",
            "off",
        ),
    ],
)
def test_who_listens_on_443_for_https_wants_a_certificate(
    settings: dict[str, str], site: str, tls: str
) -> None:
    found = AddressSettings(**settings)  # type: ignore[arg-type]
    assert (caddy_environment(found)["GATEWAY_SITE"], found.tls) == (site, tls)
