"""What proxies before us say of a call: who called, over which scheme, under which name.

Only the last ``TRUSTED_PROXIES`` of what the headers list is believed: the rest is the caller's own
invention.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from werkzeug.middleware.proxy_fix import ProxyFix

from config.front_door.calls import Answer, Call, Lane

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def behind_proxies(application: "WSGIApplication", proxies: int) -> "WSGIApplication":
    """``application`` as it sees its callers through so many trusted proxies."""
    if not proxies:
        return application
    return ProxyFix(application, x_for=proxies, x_proto=proxies, x_host=proxies)


class LaneBehindProxies:
    """``lane`` for calls that come right from the socket, past WSGI and what it stands behind."""

    def __init__(self, lane: Lane, proxies: int) -> None:
        self.clerks = lane.clerks
        self._lane = lane
        self._proxies = proxies
        self._believe = behind_proxies(lambda _environment, _start: (), proxies)

    def takes(self, environment: dict[str, Any]) -> bool:
        """As the lane says. gunicorn has a mind of its own about the scheme where the proxies'
        word for it is not the last one: such calls are not taken."""
        scheme = environment.get("HTTP_X_FORWARDED_PROTO")
        if scheme is not None and not 0 < self._proxies <= scheme.count(",") + 1:
            return False
        self._believe(environment, _nobody_answers)
        return self._lane.takes(environment)

    def answer(self, calls: Sequence[Call]) -> tuple[list[Answer | None], Exception | None]:
        return self._lane.answer(calls)


def _nobody_answers(_status: str, _headers: object, _error: object = None) -> Any:
    raise AssertionError("nothing was to be answered")
