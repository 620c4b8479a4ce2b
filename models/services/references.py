"""Names that can be read over the telephone."""

import secrets

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: what is left is hard to mistake by eye or ear.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 8


def new_reference() -> str:
    """Eight letters as ``ABCD-EFGH``: about 78 thousand million, so a clash is retried, not feared."""
    number, letters = secrets.randbelow(len(ALPHABET) ** LENGTH), ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters += ALPHABET[place]
    return f"{letters[:4]}-{letters[4:]}"


def tidy_reference(text: str) -> str:
    """What somebody typed or was told, in the form that is stored."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return f"{letters[:4]}-{letters[4:]}"
