"""Photos that lost a part on their way: what is left is shown, and what holds nothing is refused."""

import random
import zlib

import pytest
from PIL import Image

from tests.worker.adapters.imaging import pictures
from tests.worker.adapters.imaging.pictures import (
    GREEN,
    RED,
    noise,
    pixels_at,
    png,
    quarters,
    saved,
)
from worker.adapters.imaging.decode import decode, set_up
from worker.adapters.imaging.refused import Refused
from worker.adapters.imaging.sandbox import decoded

RUBBISH = random.Random(7).randbytes(60_000)
BASELINE = saved(quarters(1600, 1200), "JPEG", quality=95)
PROGRESSIVE = saved(quarters(1600, 1200), "JPEG", quality=95, progressive=True)
RESTARTS = saved(quarters(1600, 1200), "JPEG", quality=95, restart_marker_rows=1)
PAIR = saved(quarters(), "MPO", save_all=True, append_images=[noise()])
SECOND = PAIR.index(b"\xff\xd8\xff", 1000)


@pytest.fixture(autouse=True)
def _ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the sandbox; other tests of this process keep Pillow's bound."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    set_up()


def _near(image: Image.Image, across: float, down: float, colour: tuple[int, ...]) -> bool:
    found = image.getpixel((int(image.width * across), int(image.height * down)))
    assert isinstance(found, tuple)
    return all(abs(a - b) < 30 for a, b in zip(found, colour, strict=True))


def _shows_its_top(content: bytes, size: tuple[int, int] = (1600, 1200)) -> bool:
    picture = decode(content)
    assert (picture.width, picture.height) == size
    return _near(picture.image, 0.2, 0.1, RED) and _near(picture.image, 0.8, 0.1, GREEN)


@pytest.mark.parametrize(
    "whole", [BASELINE, PROGRESSIVE, RESTARTS], ids=["baseline", "progressive", "restarts"]
)
def test_a_jpeg_without_its_end_shows_what_is_left(whole: bytes) -> None:
    """Wherever it ends: in a code, in a marker, in a table between two scans."""
    for lost in (1, 2, 3, 4, 100, 1_000):
        assert _shows_its_top(whole[:-lost]), lost
    start = pixels_at(whole) + (len(whole) - pixels_at(whole)) // 2
    for length in range(start, len(whole), 271):
        assert _shows_its_top(whole[:length]), length


def test_a_progressive_jpeg_ends_within_each_of_its_tables() -> None:
    at = PROGRESSIVE.index(b"\xff\xc4", pixels_at(PROGRESSIVE))
    for length in range(at - 1, at + 24):
        assert _shows_its_top(PROGRESSIVE[:length]), length


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(b"\0" * 5_000, id="NUL bytes"),
        pytest.param(b"\xff" * 5_000, id="FF bytes"),
        pytest.param(RUBBISH[:5_000], id="rubbish"),
        pytest.param(b"\xff\x3a" * 100, id="unknown markers"),
        pytest.param(b"\xff\xc0\0\x11" + RUBBISH[:500], id="a second frame"),
    ],
)
def test_a_jpeg_whose_end_was_overwritten_shows_what_is_left(tail: bytes) -> None:
    half = (len(BASELINE) + pixels_at(BASELINE)) // 2
    assert _shows_its_top(BASELINE[:half] + tail)
    assert _shows_its_top(BASELINE[:half] + tail + b"\xff\xd9")


@pytest.mark.parametrize(
    "length",
    [
        SECOND - 2,
        SECOND - 1,
        SECOND,
        SECOND + 1,
        SECOND + 30,
        (SECOND + len(PAIR)) // 2,
        len(PAIR) - 1,
    ],
)
def test_two_pictures_in_a_file_are_the_first(length: int) -> None:
    assert _shows_its_top(PAIR[:length], (400, 300))


def test_an_index_of_pictures_that_makes_no_sense_is_ignored() -> None:
    index = PAIR.index(b"MPF\0") + 4
    for at in range(index, index + 82):
        for value in (0, 1, 0x7F, 0xFF):
            assert _shows_its_top(PAIR[:at] + bytes([value]) + PAIR[at + 1 :], (400, 300))


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_cut_jpeg_keeps_its_orientation_and_profile(orientation: int) -> None:
    whole = saved(quarters(), "JPEG", exif=pictures.exif(orientation).tobytes(), quality=95)
    size = (300, 400) if orientation == 6 else (400, 300)
    picture = decode(whole[:-300])
    assert (picture.width, picture.height) == size == picture.image.size


def _without_data(whole: bytes, data: bytes) -> bytes:
    return whole[: pixels_at(whole)] + data


def _box_data(whole: bytes, data: bytes) -> bytes:
    """A HEIC or AVIF with other data of the same length."""
    at = whole.index(b"mdat") + 4
    return whole[:at] + (data * (len(whole) // len(data) + 1))[: len(whole) - at]


ROW = b"\0" + bytes(range(240)) * 5
WEBP = saved(noise(), "WEBP")
LOSSLESS = saved(noise(), "WEBP", lossless=True)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_without_data(BASELINE, b""), id="jpeg, nothing"),
        pytest.param(_without_data(BASELINE, b"\xff\xd9"), id="jpeg, the end at once"),
        pytest.param(_without_data(BASELINE, b"\0" * 90_000), id="jpeg, NUL bytes"),
        pytest.param(_without_data(BASELINE, b"\xff" * 90_000), id="jpeg, FF bytes"),
        pytest.param(_without_data(BASELINE, RUBBISH), id="jpeg, rubbish"),
        pytest.param(_without_data(PROGRESSIVE, RUBBISH), id="progressive jpeg, rubbish"),
        pytest.param(_without_data(PROGRESSIVE, b"\0" * 90_000), id="progressive jpeg, NUL bytes"),
        pytest.param(BASELINE[: pixels_at(BASELINE) - 5], id="jpeg, half of a scan's header"),
        pytest.param(png(RUBBISH), id="png, rubbish"),
        pytest.param(png(b"\0" * 5_000), id="png, NUL bytes"),
        pytest.param(png("사진이 아닙니다".encode() * 50), id="png, text"),
        pytest.param(png(b"\x78\x9c" + RUBBISH), id="png, rubbish that begins well"),
        pytest.param(png(zlib.compress(b"\x09" * 1201 * 300)), id="png, unknown filters"),
        pytest.param(png(zlib.compress(ROW * 3)), id="png, three rows"),
        pytest.param(png(zlib.compress(ROW * 299 + ROW[:-1])), id="png, a pixel less"),
        pytest.param(png(zlib.compress(ROW * 150)[:-4] + RUBBISH), id="png, half rubbish"),
        pytest.param(png(), id="png, nothing"),
        pytest.param(saved(quarters(), "PNG")[:41] + RUBBISH, id="png, written over"),
        pytest.param(WEBP[:30] + RUBBISH[: len(WEBP) - 30], id="webp, rubbish"),
        pytest.param(WEBP[:30] + b"\0" * (len(WEBP) - 30), id="webp, NUL bytes"),
        pytest.param(LOSSLESS[:30] + b"\0" * (len(LOSSLESS) - 30), id="lossless webp, NUL bytes"),
        pytest.param(_box_data(saved(noise(), "HEIF"), RUBBISH), id="heic, rubbish"),
        pytest.param(_box_data(saved(noise(), "HEIF"), b"\0"), id="heic, NUL bytes"),
        pytest.param(_box_data(saved(noise(), "AVIF"), RUBBISH), id="avif, rubbish"),
        pytest.param(
            saved(noise(), "AVIF")[:-60_000] + b"\0" * 60_000, id="avif, NUL bytes after a header"
        ),
    ],
)
def test_data_that_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        decoded(content)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 9), (400, 3)])
def test_small_pngs_have_all_their_rows(mode: str, size: tuple[int, int]) -> None:
    assert decode(saved(Image.new(mode, size), "PNG")).image.size == size


@pytest.mark.parametrize(
    ("depth", "colour", "channels"), [(1, 0, 1), (4, 0, 1), (8, 2, 3), (16, 6, 4)]
)
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 5), (9, 17), (33, 8)])
def test_an_interlaced_png_needs_each_pass(
    depth: int, colour: int, channels: int, size: tuple[int, int]
) -> None:
    """The data is made by the definition of the passes: pixel by pixel, not by the rows' formula."""
    grid = (
        "1 6 4 6 2 6 4 6",
        "7 7 7 7 7 7 7 7",
        "5 6 5 6 5 6 5 6",
        "7 7 7 7 7 7 7 7",
        "3 6 4 6 3 6 4 6",
        "7 7 7 7 7 7 7 7",
        "5 6 5 6 5 6 5 6",
        "7 7 7 7 7 7 7 7",
    )
    data = b""
    for number in range(1, 8):
        for y in range(size[1]):
            row = grid[y % 8].split()
            pixels = sum(row[x % 8] == str(number) for x in range(size[0]))
            data += b"\0" * (1 + (pixels * depth * channels + 7) // 8) if pixels else b""
    whole = png(zlib.compress(data), kind=(*size, depth, colour, 1))
    assert decode(whole).image.size == size
    with pytest.raises(Refused):
        decoded(png(zlib.compress(data[:-1]), kind=(*size, depth, colour, 1)))


@pytest.mark.parametrize("colour", ["black", "white", (128, 128, 128), (30, 60, 90)])
@pytest.mark.parametrize(
    ("way", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"optimize": True}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"optimize": True, "subsampling": 0}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("AVIF", {}),
        ("HEIF", {}),
    ],
)
def test_a_picture_of_one_colour_is_a_picture(
    way: str, options: dict[str, object], colour: str | tuple[int, int, int]
) -> None:
    image = Image.new("RGB", (640, 480), colour)
    assert decode(saved(image, way, **options)).image.size == (640, 480)
