"""Pictures with more pixels than are decoded: JPEGs are made smaller on the way, others refused."""

from functools import cache
from io import BytesIO

import pytest
from PIL import Image

from models.ports import PermanentError
from tests.worker.adapters.imaging.pictures import noise, quarters, saved, with_size
from worker.adapters.imaging.process import process_picture


@cache
def _grey(width: int, height: int, *, progressive: bool = False) -> bytes:
    """Black above, white below; one channel, so that the test itself needs little memory."""
    image = Image.new("L", (width, height))
    image.paste(255, (0, height // 2, width, height))
    return saved(image, "JPEG", progressive=progressive)


@pytest.mark.parametrize("lost", [0, 1_000])
@pytest.mark.parametrize(
    ("width", "height", "progressive"),
    [(12_000, 9_000, False), (8_700, 6_000, True), (65_000, 1_800, False)],
)
def test_a_large_jpeg_is_made_smaller(
    width: int, height: int, progressive: bool, lost: int
) -> None:
    content = _grey(width, height, progressive=progressive)
    picture = process_picture(content[: len(content) - lost])
    assert (picture.width, picture.height) == (width, height)
    large = next(r for r in picture.renditions if (r.name, r.format) == ("large", "jpeg"))
    shown = Image.open(BytesIO(large.content)).convert("L")
    assert shown.size == (2048, round(2048 * height / width))
    pixels = shown.tobytes()
    assert pixels[shown.height // 8 * 2048 + 1000] < 20
    assert pixels[shown.height * 5 // 8 * 2048 + 1000] > 235


SMALL = saved(noise(), "JPEG", progressive=True, subsampling=0, quality=95)
SUBSAMPLED = saved(noise(), "JPEG", progressive=True, subsampling=2, quality=95)
INKS = saved(quarters(mode="CMYK"), "JPEG", progressive=True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (with_size(SMALL, 11_000, 11_000), "has more than 120 megapixels"),
        (with_size(SMALL, 65_500, 65_500), "has more than 120 megapixels"),
        (with_size(SMALL, 11_000, 10_900), "needs too much memory"),
        (with_size(INKS, 10_000, 9_000), "needs too much memory"),
        # Two channels at a quarter of the pixels take half of the memory; this file is too short.
        (with_size(SUBSAMPLED, 11_000, 10_900), "contains no image data"),
    ],
)
def test_a_jpeg_that_is_too_large_is_refused_before_it_is_decoded(
    content: bytes, reason: str
) -> None:
    with pytest.raises(PermanentError, match=f"^{reason}$"):
        process_picture(content)
