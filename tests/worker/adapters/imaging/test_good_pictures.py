"""Pictures as people send them: every format and colour mode, rotation, size and metadata."""

from io import BytesIO

import pytest
from PIL import Image, ImageCms

from models.ports import ProcessedPicture
from tests.worker.adapters.imaging import pictures
from tests.worker.adapters.imaging.pictures import BLUE, GREEN, RED, quarters, saved
from worker.adapters.imaging.process import process_picture


def _open(picture: ProcessedPicture, name: str = "large", way: str = "jpeg") -> Image.Image:
    found = next(r for r in picture.renditions if (r.name, r.format) == (name, way))
    image = Image.open(BytesIO(found.content))
    image.load()
    return image


def _near(image: Image.Image, across: float, down: float, colour: tuple[int, ...]) -> bool:
    """Whether the pixel at this part of the picture has about this colour."""
    found = image.convert("RGB").getpixel((int(image.width * across), int(image.height * down)))
    assert isinstance(found, tuple)
    return all(abs(a - b) < 30 for a, b in zip(found, colour, strict=True))


def _upright(image: Image.Image) -> bool:
    above = _near(image, 0.2, 0.2, RED) and _near(image, 0.8, 0.2, GREEN)
    return above and _near(image, 0.2, 0.8, BLUE) and _near(image, 0.8, 0.8, BLUE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(saved(quarters(), "JPEG", quality=95), id="jpeg"),
        pytest.param(saved(quarters(), "JPEG", progressive=True), id="progressive jpeg"),
        pytest.param(saved(quarters(mode="CMYK"), "JPEG", quality=95), id="cmyk jpeg"),
        pytest.param(saved(quarters(), "MPO", save_all=True, append_images=[quarters()]), id="mpo"),
        pytest.param(saved(quarters(), "PNG"), id="png"),
        pytest.param(saved(quarters(mode="RGBA"), "PNG"), id="png with alpha"),
        pytest.param(saved(quarters().quantize(16), "PNG"), id="png with palette"),
        pytest.param(
            saved(quarters(), "PNG", save_all=True, append_images=[Image.new("RGB", (400, 300))]),
            id="moving png",
        ),
        pytest.param(saved(quarters(), "WEBP", quality=95), id="webp"),
        pytest.param(saved(quarters(), "WEBP", lossless=True), id="lossless webp"),
        pytest.param(saved(quarters(), "HEIF", quality=95), id="heic"),
        pytest.param(saved(quarters(), "AVIF", quality=95), id="avif"),
    ],
)
def test_every_format(content: bytes) -> None:
    picture = process_picture(content)
    assert (picture.width, picture.height) == (400, 300)
    assert len(picture.renditions) == 9
    assert {r.content_type for r in picture.renditions} == {
        "image/avif",
        "image/webp",
        "image/jpeg",
    }
    for rendition in picture.renditions:
        image = _open(picture, rendition.name, rendition.format)
        assert image.format == rendition.format.upper()
        assert image.size == ((320, 240) if rendition.name == "thumb" else (400, 300))
        assert _upright(image)


def _stored_turned(orientation: int) -> Image.Image:
    """The picture as a camera stores it with this orientation."""
    turns = Image.Transpose
    undone = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_90,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_270,
    }
    image = quarters()
    return image.transpose(undone[orientation]) if orientation in undone else image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("way", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_orientation(way: str, orientation: int) -> None:
    content = saved(_stored_turned(orientation), way, exif=pictures.exif(orientation).tobytes())
    picture = process_picture(content)
    assert (picture.width, picture.height) == (400, 300)
    image = _open(picture)
    assert image.size == (400, 300)
    assert _upright(image)


def test_no_metadata_remains() -> None:
    original = pictures.telltale_jpeg()
    assert original.count(b"SECRET") == 4 and b"Exif" in original
    for rendition in process_picture(original).renditions:
        for mark in (b"SECRET", b"Exif", b"xmpmeta", b"ICC_PROFILE", b"ICCP", b"acsp", b"script"):
            assert mark not in rendition.content
        image = Image.open(BytesIO(rendition.content))
        assert dict(image.getexif()) == {}
        assert not {"exif", "xmp", "icc_profile", "comment"} & {
            name for name, value in image.info.items() if value
        }


def test_transparent_becomes_white() -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 50, 100))
    shown = _open(process_picture(saved(image, "PNG")))
    assert _near(shown, 0.2, 0.5, RED) and _near(shown, 0.8, 0.5, (255, 255, 255))


def test_a_transparent_palette_becomes_white() -> None:
    image = Image.new("P", (100, 100), 0)
    image.putpalette([*BLUE, *RED])
    image.paste(1, (0, 0, 50, 100))
    shown = _open(process_picture(saved(image, "PNG", transparency=0)))
    assert _near(shown, 0.2, 0.5, RED) and _near(shown, 0.8, 0.5, (255, 255, 255))


def test_16_bits_of_grey_keep_their_scale() -> None:
    shown = _open(process_picture(pictures.grey_16_bit_png()))
    for across, grey in ((0.02, 5), (0.5, 128), (0.98, 250)):
        assert _near(shown, across, 0.5, (grey, grey, grey))


def test_16_bits_of_colour() -> None:
    shown = _open(process_picture(pictures.colour_16_bit_png()))
    assert _near(shown, 0.5, 0.5, (128, 0, 0))


def test_black_and_white() -> None:
    shown = _open(process_picture(saved(Image.new("1", (64, 64), 1), "PNG")))
    assert _near(shown, 0.5, 0.5, (255, 255, 255))


def test_a_foreign_colour_space_is_converted() -> None:
    """With another colour profile, the same pixel values mean other colours."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"tmpX").replace(b"gXYZ", b"rXYZ").replace(b"tmpX", b"gXYZ")
    plain = _open(process_picture(saved(quarters(), "JPEG", icc_profile=profile)))
    other = _open(process_picture(saved(quarters(), "JPEG", icc_profile=swapped)))
    assert _upright(plain)
    assert not _near(other, 0.2, 0.2, RED)


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 128])
def test_a_broken_colour_profile_is_ignored(profile: bytes) -> None:
    content = saved(quarters(), "JPEG", icc_profile=profile, quality=95)
    assert _upright(_open(process_picture(content)))


def test_broken_exif_is_ignored() -> None:
    content = saved(quarters(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff", quality=95)
    assert _upright(_open(process_picture(content)))


def test_large_pictures_shrink_and_small_ones_stay() -> None:
    large = process_picture(saved(quarters(5000, 3000), "JPEG"))
    assert (large.width, large.height) == (5000, 3000)
    assert _open(large, "large").size == (2048, 1229)
    assert _open(large, "medium").size == (1024, 614)
    assert _open(large, "thumb").size == (320, 192)
    small = process_picture(saved(Image.new("RGB", (1, 1), RED), "PNG"))
    assert {_open(small, name).size for name in ("large", "medium", "thumb")} == {(1, 1)}


def test_a_long_thin_picture() -> None:
    picture = process_picture(saved(Image.new("RGB", (10_000, 1), RED), "PNG"))
    assert _open(picture, "thumb").size == (320, 1)
