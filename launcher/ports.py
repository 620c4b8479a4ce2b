"""Whether the ports that people chose are free, said before anything starts."""

import socket
from collections.abc import Mapping

from launcher.server import free_port


class PortError(Exception):
    """A port cannot be used; the message is one line that names it and its variable."""


DEFAULTS = {"PORT": 8000, "FLOWER_PORT": 5555}
LIVE_PORT = 8002


def chosen_ports(environment: Mapping[str, str]) -> dict[str, int]:
    """Port by variable, defaults where a variable is not set.

    Raises:
        PortError: no number, out of range, or both the same.
    """
    ports = {
        name: _number(name, environment.get(name) or default) for name, default in DEFAULTS.items()
    }
    if len(set(ports.values())) < len(ports):
        raise PortError(
            f"PORT와 FLOWER_PORT가 모두 {ports['PORT']}입니다 · "
            f"PORT and FLOWER_PORT are both {ports['PORT']}: choose two"
        )
    return ports


def inner_ports(environment: Mapping[str, str]) -> dict[str, str]:
    """Ports that nobody types: the usual one, or any where another stack has that."""
    if environment.get("LIVE_PORT"):
        return {}
    try:
        _listen(LIVE_PORT)
    except OSError:
        return {"LIVE_PORT": str(free_port())}
    return {"LIVE_PORT": str(LIVE_PORT)}


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
