"""The pages' texts by key, in the caller's language. The texts themselves are in ``texts/``."""

from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from models.particles import particle
from models.words import label
from web.http.language import current_language
from web.pages.texts import (
    accounts,
    dashboard,
    desk,
    desk_keys,
    desk_request,
    form,
    presence,
    push,
    shell,
    status,
    teams,
    timeline,
    triage,
)

TEXTS: dict[str, dict[str, str]] = {
    **shell.TEXTS,
    **form.TEXTS,
    **status.TEXTS,
    **timeline.TEXTS,
    **desk.TEXTS,
    **desk_keys.TEXTS,
    **desk_request.TEXTS,
    **presence.TEXTS,
    **dashboard.TEXTS,
    **triage.TEXTS,
    **accounts.TEXTS,
    **push.TEXTS,
    **teams.TEXTS,
}


class _Filled:
    """A value that is put into a text."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        if not form:
            return str(escape(self._value))
        value = self._value
        return particle(value.unescape() if isinstance(value, Markup) else str(value), form)


class Translator:
    """The texts in one language, safe to put into HTML: a page says several hundred."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = {key: escape(text[language]) for key, text in TEXTS.items()}
        self._labels: dict[tuple[str, str], Markup] = {}

    def say(self, key: str, **values: Any) -> Markup:
        """The text of ``key`` with its ``{names}`` filled in, and escaped where they are not safe;
        ``{name:으로}`` is the particle that stands after it.

        Raises:
            KeyError: no such text; a page with a hole in it is a mistake.
        """
        text = self._texts[key]
        if not values:
            return text
        safe = {name: _Filled(value) for name, value in values.items()}
        return Markup(str(text).format(**safe))  # noqa: S704 - all is escaped; Markup's is slow

    def name_of(self, kind: str, word: str) -> Markup:
        """What people call a category, priority, status or danger."""
        found = self._labels.get((kind, word))
        if found is None:
            found = self._labels[kind, word] = escape(label(kind, word, self.language))
        return found


@lru_cache(maxsize=2)
def translator_of(language: str) -> Translator:
    return Translator(language)


def translator() -> Translator:
    """The caller's."""
    return translator_of(current_language())


def say(key: str, **values: Any) -> Markup:
    """A text in the caller's language."""
    return translator().say(key, **values)


def name_of(kind: str, word: str) -> Markup:
    """What people call a category, priority, status or danger in the caller's language."""
    return translator().name_of(kind, word)
