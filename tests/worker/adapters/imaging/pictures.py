"""Generated pictures of every kind, good and hostile, so that the repository has no picture files."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

register_heif_opener()
RED, GREEN, BLUE = (220, 30, 40), (30, 160, 60), (40, 60, 200)


def quarters(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    """Red above left, green above right, blue below."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    return image.convert(mode)


def saved(image: Image.Image, format_name: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF data with a camera and a location, as phones write it.

    Save it as bytes: only then does pillow-heif write the box that rotates a HEIC picture.
    """
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "SECRETCAMERA"
    data[0x8825] = {1: "N", 2: (37.0, 33.0, 59.0), 3: "E", 4: (126.0, 58.0, 41.0)}
    return data


def telltale_jpeg() -> bytes:
    """A JPEG with all kinds of metadata, and a web page after its end."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return (
        saved(
            quarters(),
            "JPEG",
            exif=exif(),
            comment=b"SECRETCOMMENT",
            xmp=b"<x:xmpmeta>SECRETXMP</x:xmpmeta>",
            icc_profile=profile,
        )
        + b"<html><script>SECRETSCRIPT</script></html>"
    )


def png_chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes with ``width`` times ``height`` black pixels."""
    packer, row = zlib.compressobj(9), b"\0" * (width * 3 + 1)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png(data, kind=(width, height, 8, 2, 0))


def grey_16_bit_png() -> bytes:
    """A gradient from black at the left to white at the right."""
    row = b"".join(struct.pack(">H", x * 257) for x in range(256))
    image = Image.frombytes("I;16B", (256, 64), row * 64)
    return saved(image, "PNG")


def colour_16_bit_png() -> bytes:
    """Sixteen bits per channel, which Pillow cannot write: half red."""
    row = b"\0" + struct.pack(">HHH", 0x8080, 0, 0) * 32
    return png(zlib.compress(row * 32), kind=(32, 32, 16, 2, 0))


def png(*data: bytes, kind: tuple[int, int, int, int, int] = (400, 300, 8, 2, 0)) -> bytes:
    """A PNG with valid chunks that hold ``data``, whatever that is.

    ``kind`` is the width, the height, the bits of a channel, PNG's number for the channels, and
    whether it is interlaced.
    """
    width, height, depth, colour, interlaced = kind
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    chunks = (png_chunk(b"IHDR", header), *(png_chunk(b"IDAT", part) for part in data))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + png_chunk(b"IEND", b"")


def noise(width: int = 400, height: int = 300) -> Image.Image:
    """A picture whose file is large."""
    return Image.effect_noise((width, height), 60).convert("RGB")


def pixels_at(jpeg: bytes) -> int:
    """Where the pixels of the first scan begin."""
    start = jpeg.index(b"\xff\xda") + 2
    return start + int.from_bytes(jpeg[start : start + 2], "big")


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG with another size in its frame header."""
    at = next(jpeg.index(mark) for mark in (b"\xff\xc0\0", b"\xff\xc2\0") if mark in jpeg) + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]
