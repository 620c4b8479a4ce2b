"""Small pieces of HTML that a list says for each of its rows, in one language: each is written once
and kept."""

from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from markupsafe import Markup

from config.settings import get_settings
from models.targets import standing_of
from models.words import TRANSITIONS, Status
from web.pages.times import machine_moment, show_age, show_date, show_day, show_moment
from web.pages.translations import translator_of

_BADGES = {"priority": "priority-{}", "status": "status-{}", "category": "category"}


@lru_cache(maxsize=2)
def pieces_in(language: str) -> dict[str, Any]:
    """Functions for templates by name."""
    said = translator_of(language)
    return {
        "language": language,
        "t": said.say,
        "name_of": said.name_of,
        "badge": partial(_badge, language),
        "options": partial(_options, language),
        "time": partial(_time, language),
        "ago": partial(_ago, language),
        "moment": partial(show_moment, language, get_settings().timezone),
        "day": partial(show_day, language),
        "date": partial(show_date, language),
        "next_statuses": next_statuses,
        "standing_of": standing_of,
        "first_line": first_line,
    }


@lru_cache(maxsize=256)
def _badge(language: str, kind: str, word: str) -> Markup:
    """A category, priority or status as a label."""
    name = translator_of(language).name_of(kind, word)
    return Markup('<span class="badge {}">{}</span>').format(_BADGES[kind].format(word), name)


def _options(language: str, kind: str, words: Any, chosen: Any) -> Markup:
    """The options of a select; ``chosen`` is one word, or several."""
    some = (chosen,) if isinstance(chosen, str) else tuple(chosen or ())
    return _written_options(language, kind, tuple(words), some)


@lru_cache(maxsize=512)
def _written_options(
    language: str, kind: str, words: tuple[str, ...], chosen: tuple[str, ...]
) -> Markup:
    name_of = translator_of(language).name_of
    return Markup("\n").join(
        Markup('<option value="{}"{}>{}</option>').format(
            word, Markup(" selected") if word in chosen else "", name_of(kind, word)
        )
        for word in words
    )


@lru_cache(maxsize=16)
def next_statuses(status: str) -> tuple[str, ...]:
    """The status and what it may become, in the words' order."""
    allowed = TRANSITIONS[Status(status)]
    return tuple(word.value for word in Status if word in allowed or word == status)


@lru_cache(maxsize=4096)
def _time(language: str, value: datetime) -> Markup:
    """A moment, for people and programs."""
    shown = show_moment(language, get_settings().timezone, value)
    return Markup('<time datetime="{}">{}</time>').format(machine_moment(value), shown)


def _ago(language: str, value: datetime) -> Markup:
    """How long ago a moment was; the moment itself on a second look."""
    return _written_ago(language, value, show_age(language, value))


@lru_cache(maxsize=4096)
def _written_ago(language: str, value: datetime, age: str) -> Markup:
    moment = show_moment(language, get_settings().timezone, value)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        machine_moment(value), moment, age
    )


def first_line(text: str) -> str:
    """The first line of a text that says something; a list has room for one."""
    return shorten(text.strip().partition("\n")[0].rstrip())


def shorten(text: str, length: int = 180) -> str:
    """The beginning of a text, cut between words."""
    if len(text) <= length + 5:
        return text
    return (text[:length].rpartition(" ")[0] or text[:length]) + "…"
