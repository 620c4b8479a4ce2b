"""Removing contact data from free text before it is sent to a server outside."""

import re
from collections.abc import Iterable

# Looked for at the beginning of a word only: from each of its letters on, the time would grow with
# the square of its length.
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+){1,20}", re.ASCII)
# Digits in groups, as telephone numbers are written. It is better to mask one number too many.
_NUMBER = re.compile(r"\+?\(?\d{1,4}\)?(?:[ .\-/]{0,2}\(?\d{2,20}\)?)+")
_DATE = re.compile(r"(?:19|20)\d\d([-./ ])\d{1,2}\1\d{1,2}")
_HANDLE = re.compile(r"(?<!\w)@\w{3,}", re.ASCII)
MIN_DIGITS = 8  # room numbers, prices and times are shorter
MIN_NAME = 2


def mask(text: str, names: Iterable[str] = ()) -> str:
    """``text`` with e-mail addresses, telephone numbers, handles and ``names`` replaced."""
    masked = _MAIL.sub("[e-mail]", text)
    masked = _NUMBER.sub(_phone_or_not, masked)
    masked = _HANDLE.sub("[account]", masked)
    for name in names:
        if len(name.strip()) >= MIN_NAME:
            masked = re.sub(re.escape(name.strip()), "[name]", masked, flags=re.IGNORECASE)
    return masked


def _phone_or_not(found: re.Match[str]) -> str:
    number = found.group()
    digits = sum(character.isdigit() for character in number)
    return number if digits < MIN_DIGITS or _DATE.fullmatch(number) else "[phone]"
