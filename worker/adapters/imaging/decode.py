"""Decoding untrusted bytes to clean pixels. Runs in the sandbox only."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError
from pillow_heif import options, register_heif_opener

from models.services.picture_format import HEAD, MOST_PIXELS, sniff
from worker.adapters.imaging.jpeg import first_picture
from worker.adapters.imaging.picture import SIZES
from worker.adapters.imaging.png import has_all_rows
from worker.adapters.imaging.refused import BROKEN, NO_IMAGE_DATA, NO_PICTURE, Refused, too_large

FORMATS = {
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
}
_DECODED = 50_000_000  # pixels of a JPEG, after it was made smaller on the way
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


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """RGB pixels no larger than the largest rendition, and the original's size in pixels."""

    image: Image.Image
    width: int
    height: int


def set_up() -> None:
    """Configure Pillow; once per process, before the first decode."""
    Image.MAX_IMAGE_PIXELS = None  # one bound for all formats; decode has its own
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    options.DECODE_THREADS = 1
    register_heif_opener(thumbnails=False)


def decode(content: bytes) -> CleanPicture:
    """Read the first frame, upright, in sRGB, on white, without a byte of metadata.

    Raises:
        Refused: it is no picture of a format that the intake takes, is too large, or is broken.
        Exception: it is broken.
    """
    image = _open(content)
    width, height = image.size
    _load(image)
    if image.format == "PNG" and not has_all_rows(content):
        raise Refused(BROKEN)
    # Not earlier: reading a PNG's EXIF decodes it, and an error in its pixels would be lost here.
    turn = _TURNS.get(_orientation(image))
    image = _flatten(_to_srgb(_small(image)))
    if turn is not None:
        image = image.transpose(turn)
        if turn.name in ("TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90"):
            width, height = height, width
    return CleanPicture(image, width, height)


def _open(content: bytes) -> Image.Image:
    """The picture, whose size is known and whose pixels are not decoded yet."""
    # The intake's rule, so that nothing is opened here that it would refuse, or the other way.
    content_type = sniff(content[:HEAD])
    if content_type is None:
        raise Refused(NO_PICTURE)
    if content_type == "image/jpeg":
        return Image.open(BytesIO(first_picture(content)), formats=("JPEG",))
    if _is_blank(content):
        raise Refused(NO_IMAGE_DATA)
    try:
        return Image.open(BytesIO(content), formats=tuple(FORMATS))
    except UnidentifiedImageError:
        raise Refused(NO_PICTURE) from None


def _is_blank(content: bytes) -> bool:
    """Whether the second half of a file is one byte again and again, as when it was not copied to
    its end. Decoders of WebP and AVIF make a grey picture of that; good files, also of one colour,
    have at least ten different bytes there."""
    half = content[len(content) // 2 :]
    return half.count(half[:1]) == len(half)


def _load(image: Image.Image) -> None:
    """Decode; a JPEG straight to the smallest of its sizes that is not below the largest
    rendition.

    Raises:
        Refused: what is to be decoded is too large.
    """
    factor = max(SIZES.values()) / max(image.size)
    image.draft(None, (max(1, round(image.width * factor)), max(1, round(image.height * factor))))
    kind = FORMATS.get(image.format or "")
    most = MOST_PIXELS[kind] if kind else _DECODED
    if image.width * image.height > most:
        raise Refused(too_large(most))
    image.load()


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - broken EXIF raises anything, but the picture may be good
        return 1


def _small(image: Image.Image) -> Image.Image:
    """Shrink, so that the colour conversion has fewer pixels."""
    largest = max(SIZES.values())
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
