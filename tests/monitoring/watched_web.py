"""The web application with a bug, as the server loads it; see ``watched``."""

from typing import TYPE_CHECKING, Any

from tests.monitoring.watched import EXPLODE, fail
from web import wsgi
from web.api import requests

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def application() -> "WSGIApplication":
    submit = requests.submit  # type: ignore[attr-defined]

    def explode(*args: Any, **kwargs: Any) -> Any:
        if EXPLODE in repr((args, kwargs)):
            fail(repr(kwargs))
        return submit(*args, **kwargs)

    requests.submit = explode  # type: ignore[attr-defined]
    return wsgi.application()
