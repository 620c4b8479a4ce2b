"""What comes out of a processed picture."""

from dataclasses import dataclass

# Name to the longest side in pixels; a smaller picture is never enlarged.
SIZES = {"thumb": 320, "medium": 1024, "large": 2048}
CONTENT_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size of a picture in one format; ``name`` is in SIZES, ``format`` in CONTENT_TYPES."""

    name: str
    format: str
    content: bytes

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]


@dataclass(frozen=True, slots=True)
class ProcessedPicture:
    """``width`` and ``height`` are the original's in pixels, as it is to be looked at."""

    width: int
    height: int
    renditions: tuple[Rendition, ...]
