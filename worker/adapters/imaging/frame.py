"""The format of the sandbox's answer: lengths and JSON, so that a hostile answer can run no code.

First READY, when the limits are set; then four bytes with the length of a JSON header, the header,
and the bytes of all renditions.
"""

import json

from models.ports import ProcessedPicture, Rendition
from worker.adapters.imaging.picture import CONTENT_TYPES, SIZES

READY = b"HAJA1\n"


class BadFrame(Exception):
    """The answer is cut off or not valid."""


def encode_picture(picture: ProcessedPicture) -> bytes:
    header = {
        "width": picture.width,
        "height": picture.height,
        "renditions": [[item.name, item.format, len(item.content)] for item in picture.renditions],
    }
    return _frame(header) + b"".join(item.content for item in picture.renditions)


def encode_refusal(reason: str) -> bytes:
    return _frame({"refused": reason})


def _frame(header: dict[str, object]) -> bytes:
    line = json.dumps(header).encode()
    return len(line).to_bytes(4, "big") + line


def decode(answer: bytes) -> ProcessedPicture | str:
    """The picture, or why it was refused.

    Raises:
        BadFrame: ``answer`` (what follows READY) is neither.
    """
    end = 4 + int.from_bytes(answer[:4], "big")
    try:
        header = json.loads(answer[4:end])
        if "refused" in header:
            return str(header["refused"])
        renditions = _renditions(header["renditions"], answer[end:])
        return ProcessedPicture(int(header["width"]), int(header["height"]), renditions)
    except (ValueError, TypeError, KeyError) as error:
        raise BadFrame(str(error)) from error


def _renditions(items: list[tuple[str, str, int]], body: bytes) -> tuple[Rendition, ...]:
    found, start = [], 0
    for name, format_name, length in items:
        if name not in SIZES or format_name not in CONTENT_TYPES:
            raise BadFrame(f"no such rendition: {name!r} {format_name!r}")
        content = body[start : start + length]
        found.append(Rendition(name, format_name, CONTENT_TYPES[format_name], content))
        start += length
    if start != len(body):
        raise BadFrame(f"{len(body)} bytes where {start} were announced")
    return tuple(found)
