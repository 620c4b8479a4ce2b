"""Whose address counts: the gateway speaks the truth, and so many proxies before it as
TRUSTED_PROXIES says."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from tests.conftest import Servers
from web import create_app

POLICY = "Content-Security-Policy"

Behind = Callable[[int], FlaskClient]


@pytest.fixture
def behind(servers: Servers, settings_with: Callable[..., Settings], address: str) -> Behind:
    """A client behind so many hops: the gateway, and the proxies before it."""

    def make(hops: int) -> FlaskClient:
        settings = settings_with(TRUSTED_PROXIES=str(hops - 1), INTAKE_RATE_LIMIT="2 per minute")
        client = create_app(settings).test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return client

    return make


def _calls(client: FlaskClient, *forwarded: str) -> list[int]:
    """What refused submissions (they count, and write nothing) get, one for each header."""
    return [
        client.post("/api/requests", json={}, headers={"X-Forwarded-For": said}).status_code
        for said in forwarded
    ]


def test_what_stands_left_of_the_gateways_own_word_is_the_callers_invention(behind: Behind) -> None:
    client = behind(1)
    spoofed = [f"192.0.2.{n}, 198.51.100.7" for n in range(3)]
    assert _calls(client, *spoofed) == [422, 422, 429]
    assert _calls(client, "198.51.100.8", "192.0.2.0, 198.51.100.8") == [422, 422]


def test_a_proxy_before_the_gateway(behind: Behind) -> None:
    client = behind(2)
    spoofed = [f"192.0.2.{n}, 198.51.100.17, 203.0.113.{n}" for n in range(3)]
    assert _calls(client, *spoofed) == [422, 422, 429]
    assert _calls(client, "198.51.100.18, 203.0.113.1") == [422]


def test_who_comes_past_the_outer_proxy_counts_by_their_own_address(behind: Behind) -> None:
    assert _calls(behind(2), "192.0.2.31", "192.0.2.32", "192.0.2.33") == [422, 422, 429]


def test_addresses_of_the_sixth_version(behind: Behind) -> None:
    client = behind(1)
    spoofed = [f"2001:db8::{n}, 2001:db8:1::7" for n in range(1, 4)]
    assert _calls(client, *spoofed) == [422, 422, 429]
    assert _calls(client, "2001:db8:2::8") == [422]


@pytest.mark.parametrize("said", ["", ",", "nonsense", "a" * 4000, "1.2.3.4:80", "'; --", "\u00e9"])
def test_whatever_a_header_says_is_no_server_error(behind: Behind, said: str) -> None:
    assert _calls(behind(1), said) == [422]


def test_the_scheme_and_host_are_the_proxys(behind: Behind) -> None:
    for scheme in ("http", "https"):
        answer = behind(1).get("/healthz", headers={"X-Forwarded-Proto": scheme})
        assert ("Cross-Origin-Opener-Policy" in answer.headers) == (scheme == "https")
    said = {"X-Forwarded-Host": "haja.example.org", "Accept": "text/html"}
    assert "wss://haja.example.org" in behind(1).get("/", headers=said).headers[POLICY]
