"""Decoding untrusted bytes to clean pixels. Runs in the sandbox only."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError
from pillow_heif import options, register_heif_opener

from worker.adapters.imaging.picture import SIZES

MAX_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
_ORIENTATION = 0x0112
_TURNS = {  # EXIF 2.32, section 4.6.4 A: how the stored picture is to be turned
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(Exception):
    """The picture is refused; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """RGB pixels no larger than the largest rendition, and the original's size in pixels."""

    image: Image.Image
    width: int
    height: int


def set_up() -> None:
    """Configure Pillow; once per process, before the first decode."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    options.DECODE_THREADS = 1
    register_heif_opener(thumbnails=False)


def decode(content: bytes) -> CleanPicture:
    """Read the first frame, upright, in sRGB, on white, without a byte of metadata.

    Raises:
        Refused: it is no picture of FORMATS, is too large, or is broken.
    """
    image = _open(content)
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Refused(f"has more than {MAX_PIXELS // 1_000_000} megapixels")
    turn = _TURNS.get(_orientation(image))
    image = _small(image)
    image = _flatten(_to_srgb(image))
    if turn is not None:
        image = image.transpose(turn)
        if turn.name in ("TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90"):
            width, height = height, width
    return CleanPicture(image, width, height)


def _open(content: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(f"has more than {MAX_PIXELS // 1_000_000} megapixels") from None
    except UnidentifiedImageError:
        raise Refused("is not a JPEG, PNG, WebP, HEIC or AVIF picture") from None


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - broken EXIF raises anything, but the picture may be good
        return 1


def _small(image: Image.Image) -> Image.Image:
    """Decode and shrink first, so that the colour conversion has fewer pixels."""
    largest = max(SIZES.values())
    image.draft(None, (largest, largest))  # a JPEG decodes straight to a half, quarter or eighth
    image.load()
    plain = _plain_mode(image)
    plain.info["icc_profile"] = image.info.get("icc_profile")
    plain.thumbnail((largest, largest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return plain


def _plain_mode(image: Image.Image) -> Image.Image:
    """The image in mode L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):  # 16-bit grey; a plain conversion would clip instead of scale
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if "transparency" in image.info or image.mode in ("PA", "LA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert to sRGB by the picture's own profile; a profile that does not work is ignored."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    try:
        colours = image.convert("RGB") if alpha else image
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(colours, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    if converted is None:
        return image
    if alpha:
        converted.putalpha(alpha)
    return converted


def _flatten(image: Image.Image) -> Image.Image:
    """Copy the pixels to a new white image, which has no EXIF, GPS, XMP, comment or profile."""
    clean = Image.new("RGB", image.size, "white")
    if image.mode == "RGBA":
        clean.paste(image.convert("RGB"), mask=image.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean
