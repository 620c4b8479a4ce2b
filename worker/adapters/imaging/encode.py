"""Clean pixels to files for browsers. Runs in the sandbox only."""

from io import BytesIO
from typing import Any

from PIL import Image

from models.ports import Rendition
from worker.adapters.imaging.picture import CONTENT_TYPES, SIZES

# For 12 megapixels on one core: AVIF at speed 9 takes 0.3 s for all sizes, at speed 8 1.1 s for
# files 8% smaller; WebP 0.4 s. Qualities were set for about the same look.
_WAYS: dict[str, dict[str, Any]] = {
    "avif": {"quality": 60, "speed": 9, "max_threads": 1},
    "webp": {"quality": 78, "method": 4},
    "jpeg": {"quality": 82, "progressive": True, "optimize": True},
}


def make_renditions(image: Image.Image) -> tuple[Rendition, ...]:
    """``image``, an RGB image, in every size and format, large sizes first."""
    made = []
    for name, longest in sorted(SIZES.items(), key=lambda item: -item[1]):
        image = _shrunk(image, longest)
        made += [_rendition(image, name, way) for way in _WAYS]
    return tuple(made)


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    factor = longest / max(image.size)
    if factor >= 1:
        return image
    width, height = (max(1, round(side * factor)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _rendition(image: Image.Image, name: str, way: str) -> Rendition:
    return Rendition(name, way, CONTENT_TYPES[way], _encoded(image, way))


def _encoded(image: Image.Image, way: str) -> bytes:
    buffer = BytesIO()
    image.save(buffer, way.upper(), **_WAYS[way])
    return buffer.getvalue()
