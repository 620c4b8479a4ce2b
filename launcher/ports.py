"""Whether the ports that people chose are free, said before anything starts."""

import socket
from collections.abc import Mapping

from launcher.server import free_port


class PortError(Exception):
    """A port cannot be used; the message is one line that names it and its variable."""


DEFAULTS = {"PORT": 8000, "FLOWER_PORT": 5555}
# Where processes listen that only the gateway calls: any port will do.
INNER = ("WEB_PORT", "LIVE_PORT")


def chosen_ports(environment: Mapping[str, str]) -> dict[str, int]:
    """Port by variable; where a variable is not set its default, or a free one for an inner one.

    Raises:
        PortError: no number, out of range, or two the same.
    """
    wanted = {name: environment.get(name) or default for name, default in DEFAULTS.items()}
    wanted |= {name: environment.get(name) or free_port() for name in INNER}
    ports = {name: _number(name, value) for name, value in wanted.items()}
    by_port: dict[int, str] = {}
    for name, port in ports.items():
        if other := by_port.get(port):
            raise PortError(
                f"{other}와 {name}가 모두 {port}입니다 · {other} and {name} are both {port}: choose two"
            )
        by_port[port] = name
    return ports


def require_free(ports: Mapping[str, int]) -> None:
    """Return when every port can be listened on.

    Raises:
        PortError: one is taken, or is not for us.
    """
    for name, port in ports.items():
        try:
            _listen(port)
        except PermissionError:
            raise PortError(
                f"{port}번 포트({name})를 열 권한이 없습니다 · "
                f"port {port} ({name}) needs more rights: choose one above 1023"
            ) from None
        except OSError:
            raise PortError(
                f"{port}번 포트({name})를 다른 프로그램이 쓰고 있습니다 · "
                f"port {port} ({name}) is taken: choose another, for example {name}={port + 1}"
            ) from None


def _number(name: str, value: object) -> int:
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise PortError(
            f"{name}={text}: 1부터 65535 사이의 수여야 합니다 · {name}={text}: must be a number from 1 to 65535"
        )
    return int(text)


def _listen(port: int) -> None:
    with socket.socket() as probe:
        # As the servers do: connections of a stopped predecessor that still linger do no harm.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("0.0.0.0", port))
        probe.listen(1)
