"""What every call passes before its view and after it, in this order."""

from flask import Flask, Response

from web.http.auth import check_access
from web.http.call_log import begin_call, end_call
from web.http.cors import allow_origin, answer_preflight
from web.http.language import remember_language
from web.http.limits import count_call, tell_limits
from web.http.parameters import check_parameters
from web.http.parsing import tell_ignored
from web.http.security_headers import protect
from web.http.static_files import tell_caches
from web.http.uploads import limit_body


def init_hooks(app: Flask) -> None:
    app.before_request(_before)
    app.after_request(_after)


def _before() -> Response | None:
    begin_call()
    if preflight := answer_preflight():
        return preflight
    limit_body()
    check_access()
    count_call()
    check_parameters()
    return None


def _after(response: Response) -> Response:
    tell_limits(response)
    tell_ignored(response)
    allow_origin(response)
    tell_caches(response)
    protect(response)
    remember_language(response)
    end_call(response)
    return response
