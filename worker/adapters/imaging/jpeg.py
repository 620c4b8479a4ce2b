"""The first picture of a JPEG file, whole or cut off, for a decoder that insists on whole files.

Photos lose their end on the way: the last bytes, the last rows, or the second picture of a file
with several (MPO, which many telephones write). A viewer shows what is there. Pillow does so only
by a switch for the whole process and all formats, which also silences errors that are none of this.
Section numbers are those of ITU-T T.81.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.services.picture_format import JPEG_FRAMES, MOST_PIXELS
from worker.adapters.imaging.refused import (
    BROKEN,
    NO_IMAGE_DATA,
    TOO_MUCH_MEMORY,
    Refused,
    too_large,
)

# The decoder is asked for a half, quarter or eighth a side.
MAX_JPEG_PIXELS = MOST_PIXELS["image/jpeg"]
# The decoder keeps all coefficients of a picture whose components come one after the other or
# step by step (progressive), whatever the size it is asked for. Enough for 110 megapixels without
# subsampling.
MAX_COEFFICIENT_BYTES = 700_000_000
_MOST_SEGMENTS = 2_000  # scans and tables; a picture of ten scans has about thirty
_START, _END = b"\xff\xd8", b"\xff\xd9"
# A marker of a segment, after any fill bytes; in a scan, FF00 stands for a byte FF, and FFD0 to
# FFD7 are restarts, which belong to the scan (B.1.1.2, B.1.1.5).
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SCAN = 0xDA
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_ARITHMETIC = frozenset(range(0xC9, 0xD0))
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
# What changes how the picture looks: JFIF, the orientation in EXIF or XMP, the colour profile,
# Adobe's transform. The rest can only do harm, like an index of further pictures that are not there.
_KEPT = {
    0xE0: (b"JFIF\0",),
    0xE1: (b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0"),
    0xE2: (b"ICC_PROFILE\0",),
    0xEE: (b"Adobe",),
}
_OTHER = frozenset({*range(0xE0, 0xF0), 0xFE})
_KNOWN = _TABLES | JPEG_FRAMES | _OTHER | {_SCAN}


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment from its marker to its end; ``scanned`` (bytes of pixels) follow in a scan."""

    marker: int
    content: bytes
    scanned: bytes = b""


def first_picture(content: bytes) -> bytes:
    """The whole segments of the first picture in ``content``, a JPEG file, and an end after them.

    Raises:
        Refused: next to nothing of its pixels is there, or there are too many to decode.
    """
    segments = list(_segments(content))
    frame = next((part for part in segments if part.marker in JPEG_FRAMES), None)
    scan = next((part for part in segments if part.marker == _SCAN), None)
    if frame is None or scan is None or not _is_whole(frame, scan):
        raise Refused(BROKEN)
    _check_size(frame, scan)
    _check_pixels(frame, b"".join(part.scanned for part in segments))
    return b"".join((_START, *(part.content + part.scanned for part in segments), _END))


def _segments(content: bytes) -> Iterator[_Segment]:
    at = len(_START)
    known = _KNOWN
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(content, at)
        if found is None:
            return
        start, marker = found.start(), content[found.end() - 1]
        body = found.end()
        end = body + max(2, int.from_bytes(content[body : body + 2], "big"))
        if end > len(content) or marker not in known:
            return  # cut off in this segment, the end, or rubbish in place of pixels
        at = end
        if marker in JPEG_FRAMES:
            known = _KNOWN - JPEG_FRAMES  # a picture has one
        if marker == _SCAN:
            following = _MARKER.search(content, end)
            at = following.start() if following else len(content)
            yield _Segment(marker, content[start:end], content[end:at].rstrip(b"\xff"))
        elif marker not in _OTHER or content.startswith(_KEPT.get(marker, ()), body + 2):
            yield _Segment(marker, content[start:end])


def _is_whole(frame: _Segment, scan: _Segment) -> bool:
    """Whether the frame's header has what its number of components says (B.2.2), and the scan's
    has a number of its own (B.2.3)."""
    header = frame.content
    return len(header) > 9 and len(header) >= 10 + 3 * header[9] > 10 and len(scan.content) > 4


def _check_size(frame: _Segment, scan: _Segment) -> None:
    """Raises Refused."""
    height, width = _size(frame)
    if width * height > MAX_JPEG_PIXELS:
        raise Refused(too_large(MAX_JPEG_PIXELS))
    is_buffered = frame.marker in _PROGRESSIVE or scan.content[4] < frame.content[9]
    if is_buffered and _coefficients(frame) * 2 > MAX_COEFFICIENT_BYTES:
        raise Refused(TOO_MUCH_MEMORY)


def _coefficients(frame: _Segment) -> int:
    """How many coefficients all components have together; whole blocks are not minded."""
    header = frame.content
    factors = [(byte >> 4, byte & 15) for byte in header[11 : 10 + 3 * header[9] : 3]]
    across, down = max(h for h, _ in factors), max(v for _, v in factors)
    height, width = _size(frame)
    return width * height * sum(h * v for h, v in factors) // max(1, across * down)


def _size(frame: _Segment) -> tuple[int, int]:
    """Height and width."""
    header = frame.content
    return int.from_bytes(header[5:7], "big"), int.from_bytes(header[7:9], "big")


def _check_pixels(frame: _Segment, scanned: bytes) -> None:
    """Refuse what the decoder would make up.

    Each block of 8 × 8 pixels takes one code of a bit at least (F.1.2). One byte again and again is
    a file that was not copied to its end, or a picture of one colour, which takes no more than two
    codes of a bit for each block of each of up to four components.

    Raises:
        Refused: nearly nothing of the pixels is there.
    """
    height, width = _size(frame)
    blocks = -(-width // 8) * -(-height // 8)
    is_blank = len(scanned) > blocks and scanned.count(scanned[:1]) == len(scanned)
    if is_blank or (frame.marker not in _ARITHMETIC and len(scanned) * 8 < blocks):
        raise Refused(NO_IMAGE_DATA)
