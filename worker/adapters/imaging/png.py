"""Whether a PNG file has the data of all its pixels: decoders paint what is missing black.

Section numbers are those of the W3C's PNG specification, third edition.
"""

import zlib
from collections.abc import Iterator

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the type of colour (11.2.1)
# Where the seven passes of an interlaced picture begin, and their steps: x, y, dx, dy (8.1).
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_PART = 1 << 20  # bytes that are unpacked at a time


def has_all_rows(content: bytes) -> bool:
    """Whether the data of ``content``, a file with a valid header, unpacks to as many bytes as its
    size and kind of pixels take."""
    needed = _needed(content[16:29])
    unpack, got = zlib.decompressobj(), 0
    try:
        for data in _data(content):
            packed = data
            while got < needed and not unpack.eof:
                part = unpack.decompress(packed, _PART)
                packed = unpack.unconsumed_tail
                got += len(part)
                if not part and not packed:
                    break
    except zlib.error:
        pass
    return got >= needed


def _needed(header: bytes) -> int:
    width, height = int.from_bytes(header[0:4], "big"), int.from_bytes(header[4:8], "big")
    bits = header[8] * _CHANNELS[header[9]]
    passes = _PASSES if header[12] else ((0, 0, 1, 1),)
    return sum(
        _rows((width - x + dx - 1) // dx, (height - y + dy - 1) // dy, bits)
        for x, y, dx, dy in passes
    )


def _rows(width: int, height: int, bits: int) -> int:
    """Bytes of the rows, each with one for its filter; a pass without a pixel has none (9.2)."""
    return height * (1 + (width * bits + 7) // 8) if width > 0 and height > 0 else 0


def _data(content: bytes) -> Iterator[bytes]:
    """What the chunks IDAT hold."""
    at = 8
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] == b"IDAT":
            yield content[at + 8 : at + 8 + length]
        at += 12 + length
