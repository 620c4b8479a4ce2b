"""Reference numbers of requests, which can be read out over the telephone."""

import secrets

# Without 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V, which are easily mistaken when read or heard.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 8


def new_reference() -> str:
    """Eight random letters as ``ABCD-EFGH``. There are about 78 thousand million of them; callers
    retry the rare duplicate."""
    number, letters = secrets.randbelow(len(ALPHABET) ** LENGTH), ""
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        letters += ALPHABET[digit]
    return f"{letters[:4]}-{letters[4:]}"


def tidy_reference(text: str) -> str:
    """What somebody typed, in the form that is stored: upper case, with the hyphen."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return f"{letters[:4]}-{letters[4:]}"
