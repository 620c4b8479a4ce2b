"""Why a picture is refused."""


class Refused(Exception):
    """The picture is refused; the message says why, in a few words."""


NO_PICTURE = "is not a JPEG, PNG, WebP, HEIC or AVIF picture"
BROKEN = "is broken or cut off"
NO_IMAGE_DATA = "contains no image data"
TOO_MUCH_MEMORY = "needs too much memory"


def too_large(most: int) -> str:
    """For a picture of more than ``most`` pixels."""
    return f"has more than {most // 1_000_000} megapixels"
