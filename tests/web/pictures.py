"""Small real pictures, made when needed."""

from functools import cache
from io import BytesIO

from PIL import Image


@cache
def picture(kind: str = "JPEG", colour: str = "red") -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, kind)
    return out.getvalue()
