"""Recognising picture formats by their first bytes, cheap enough for the web process.

A recognised picture may still be broken: only the sandbox decodes it. A file that is not recognised
is certainly no picture that Haja accepts, and the web call refuses it at once.
"""

import re
from binascii import crc32
from collections.abc import Iterator

MAX_SIDE = 65_535
# Telephones take up to 110 megapixels. A JPEG is decoded to fewer; the others whole, WebP to three
# copies of four bytes a pixel, which is more memory than a sandbox has for such a picture.
MOST_PIXELS = {
    "image/jpeg": 120_000_000,
    "image/png": 112_000_000,
    "image/heic": 112_000_000,
    "image/avif": 112_000_000,
    "image/webp": 50_000_000,
}
HEAD = 1 << 20  # bytes that are looked at
_MOST_SEGMENTS = 2_000  # a JPEG's metadata, in pieces of 64 kB at most, has a few dozen
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
# Start of frame, all kinds of coding; C4, C8 and CC in between are tables and an extension.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FILL = re.compile(rb"\xff*")
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def sniff(content: bytes) -> str | None:
    """The content type of a JPEG, PNG, WebP, HEIC or AVIF picture; None for all else.

    ``content`` is the file or its first ``HEAD`` bytes. A JPEG whose metadata is longer than that
    counts as one: the sandbox looks at the rest.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg" if _is_jpeg(content[:HEAD]) else None
    if content.startswith(_PNG_START):
        return "image/png" if _is_png(content) else None
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp" if _is_webp(content) else None
    return _iso_picture(content)


def has_too_many_pixels(content: bytes, content_type: str) -> bool:
    """Whether its header says so, of kinds whose size stands at the beginning; the sandbox looks
    at the rest. ``content`` is of ``content_type``, as ``sniff`` found."""
    width, height = 0, 0
    if content_type == "image/png":
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    elif content_type == "image/webp":
        width, height = _webp_size(content)
    return width * height > MOST_PIXELS[content_type]


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height (RFC 9649, sections 2.5 to 2.7)."""
    data = content[20:30]
    if content[12:16] == b"VP8 ":
        return _le14(data[6:8]), _le14(data[8:10])
    if content[12:16] == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (4, 7))
    return width, height


def _sane(width: int, height: int) -> bool:
    return 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE


def _is_jpeg(content: bytes) -> bool:
    """Whether the segments lead to a frame header with a size (ITU-T T.81, B.2.2)."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 9 > len(content):
            return len(content) == HEAD
        if content[at] != 0xFF:
            return False
        at = _end_of_fill(content, at)
        if at + 8 > len(content):
            return False  # nothing but fill bytes
        marker = content[at]
        length = int.from_bytes(content[at + 1 : at + 3], "big")
        if marker in JPEG_FRAMES:
            height = int.from_bytes(content[at + 4 : at + 6], "big")
            width = int.from_bytes(content[at + 6 : at + 8], "big")
            return length >= 8 and _sane(width, height)
        if length < 2 or marker in (0xD9, 0xDA):  # the end, or pixels without a frame
            return False
        at += 1 + length
    return False


def _end_of_fill(content: bytes, at: int) -> int:
    """Where the marker stands after any number of fill bytes."""
    found = _FILL.match(content, at)
    assert found is not None
    return found.end()


def _is_png(content: bytes) -> bool:
    header, check = content[12:29], content[29:33]
    if len(check) < 4 or crc32(header) != int.from_bytes(check, "big"):
        return False
    width, height = int.from_bytes(header[4:8], "big"), int.from_bytes(header[8:12], "big")
    return _sane(width, height) and header[12] in _PNG_DEPTHS.get(header[13], ())


def _is_webp(content: bytes) -> bool:
    """Whether the first chunk is one of the three that a WebP file can begin with."""
    kind, data = content[12:16], content[20:30]
    if len(content) < 30 or int.from_bytes(content[4:8], "little") < 22:
        return False
    if kind == b"VP8 ":
        width, height = data[6:8], data[8:10]
        return data[3:6] == b"\x9d\x01\x2a" and _sane(_le14(width), _le14(height))
    return data[0] == 0x2F if kind == b"VP8L" else kind == b"VP8X"


def _le14(two: bytes) -> int:
    return int.from_bytes(two, "little") & 0x3FFF  # the upper two bits are a scale


def _iso_picture(content: bytes) -> str | None:
    """The content type of HEIC and AVIF: a file type box with a known brand, then a metadata box."""
    boxes = list(_boxes(content[:65_536]))
    if not boxes or boxes[0][0] != b"ftyp" or not any(_describes_picture(*box) for box in boxes):
        return None
    names = boxes[0][1]
    brands = {names[0:4], *(names[at : at + 4] for at in range(8, len(names), 4))}
    if brands & _AVIF_BRANDS:
        return "image/avif"
    return "image/heic" if brands & _HEIC_BRANDS else None


def _describes_picture(kind: bytes, data: bytes) -> bool:
    """A metadata box begins with its handler, which is "pict" for pictures (ISO/IEC 23008-12)."""
    return kind == b"meta" and data[8:12] == b"hdlr" and data[20:24] == b"pict"


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and beginning of each top-level box (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 8], content[at + 8 : at + min(size, 1024)]
        if size < 8:
            return
        at += size
