"""The pages' texts by key, in the caller's language. The texts themselves are in ``texts/``."""

from typing import Any

from models.words import label
from web.http.language import current_language
from web.pages.texts import dashboard, desk, form, shell, status, timeline, triage

TEXTS: dict[str, dict[str, str]] = {
    **shell.TEXTS,
    **form.TEXTS,
    **status.TEXTS,
    **timeline.TEXTS,
    **desk.TEXTS,
    **dashboard.TEXTS,
    **triage.TEXTS,
}


def say(key: str, **values: Any) -> str:
    """The text of ``key`` with its ``{names}`` filled in.

    Raises:
        KeyError: no such text; a page with a hole in it is a mistake.
    """
    text = TEXTS[key][current_language()]
    return text.format(**values) if values else text


def name_of(kind: str, word: str) -> str:
    """What people call a category, priority or status."""
    return label(kind, word, current_language())
