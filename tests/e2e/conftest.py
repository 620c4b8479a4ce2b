"""One stack of real processes for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import House
from tests.e2e.http import Api
from tests.servers.smtp_server import SmtpServer
from tests.servers.stack import Stack
from tests.waiting import wait_for

ADMIN = {"HAJA_ADMIN_EMAIL": "admin@example.org", "HAJA_ADMIN_PASSWORD": "an end-to-end password"}


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Ready when every part says so."""
    folder: Path = tmp_path_factory.mktemp("stack")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)  # PostgreSQL may run as another user
    with SmtpServer() as smtp:
        settings = {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(smtp.port),
            "OPERATORS_EMAIL": "desk@example.org",
            "REPORT_RECIPIENTS": "boss@example.org, office@example.org",
            "FLOWER_BASIC_AUTH": "flower:a password for flower",
            "INTAKE_RATE_LIMIT": "10000 per minute",
            "API_RATE_LIMIT": "1000000 per minute",
            **ADMIN,
        }
        with Stack(folder, **settings) as stack:
            visitor = Api(stack.url)
            wait_for(lambda: _ready(visitor), "the stack is ready", seconds=120)
            operator = visitor.log_in(*ADMIN.values())
            yield House(stack, smtp, visitor, operator)


def _ready(api: Api) -> bool:
    try:
        answer = api.get("/readyz")
    except OSError:
        return False
    return answer.status == 200 and answer.json["status"] == "ok"


@pytest.fixture(autouse=True)
def healthy(house: House) -> Iterator[None]:
    """Each test leaves the stack as it found it, or says what it broke."""
    yield
    house.smtp.rules.set()
    if not house.stack.redis.pid:
        house.stack.redis.start()
