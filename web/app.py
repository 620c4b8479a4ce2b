"""Flask with our own reading of text, and without two things that nothing here uses and that every
call would pay for."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.sessions import SessionInterface

from web.http.web_request import WebRequest


class NoSession(SessionInterface):
    """Who somebody is stands in their token: no cookie is read, signed or sent besides."""

    def open_session(self, _app: Flask, _request: Any) -> None:
        return None

    def save_session(self, _app: Flask, _session: Any, _response: Any) -> None:
        return None


class WebApp(Flask):
    """Its views and hooks are plain functions: none is checked for being ``async``."""

    request_class = WebRequest
    session_interface = NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
