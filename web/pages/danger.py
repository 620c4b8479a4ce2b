"""What to do and whom to call, told while a report is being typed."""

from flask import Response

from config.settings import get_settings
from models.danger.advice import CALL_FROM_OUTSIDE, advice
from models.danger.rules import find_danger_reported
from web.http.answers import json_response
from web.http.language import current_language
from web.http.parsing import parse_body
from web.pages.blueprint import bp
from web.pages.translations import say
from web.schemas import TypedIn


@bp.post("/danger")
def look_for_danger() -> Response:
    """The danger in words that are not sent yet, by the rules that judge a request. Nothing of them
    is stored or logged. ``danger`` is empty where there is none."""
    typed = parse_body(TypedIn)
    kind = find_danger_reported(typed.description, typed.location) or ""
    return json_response({"danger": kind, **(_told(kind) if kind else {})})


def _told(kind: str) -> dict[str, str]:
    phone = get_settings().emergency_phone
    return {
        "title": str(say("status.danger")),
        "advice": advice(kind, current_language(), phone),
        "call": call_words(kind),
    }


def call_words(kind: str) -> str:
    """What the button says that calls the emergency number: nobody telephones where gas is leaking."""
    outside = "_outside" if kind in CALL_FROM_OUTSIDE else ""
    return str(say(f"form.emergency_call{outside}", phone=get_settings().emergency_phone))
