"""Finding the e-mail address in a requester's contact data."""

import re

# Deliberately narrower than RFC 5321: what people write into a form, not all that a server accepts.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


def find_email(contact_info: str) -> str:
    """The first e-mail address in ``contact_info``, or an empty string."""
    match = _ADDRESS.search(contact_info)
    return match.group().strip(".") if match else ""
