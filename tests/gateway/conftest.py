"""A gateway before a web server of few threads, both as the Procfile starts them."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from launcher.server import free_port
from tests.conftest import Servers
from tests.servers.gateway_server import Gateway, serve_gateway
from tests.servers.web_server import serve

FLOWER_LOGIN = "ops:a password for flower"
FEW_THREADS = {
    "WEB_CONCURRENCY": "1",
    "WEB_THREADS": "4",
    "INTAKE_RATE_LIMIT": "1000 per minute",
    "FLOWER_BASIC_AUTH": FLOWER_LOGIN,
}


@pytest.fixture(scope="module")
def gateway(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("with a gateway")
    with (
        serve(folder / "web.log", **FEW_THREADS) as web,
        serve_gateway(folder, WEB_PORT=str(web.port), FLOWER_PORT=str(free_port())) as gateway,
    ):
        yield gateway


@pytest.fixture(autouse=True)
def database(committed: Callable[[], Session]) -> Callable[[], Session]:
    return committed
