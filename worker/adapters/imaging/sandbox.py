"""The process that touches hostile bytes: ``python -m worker.adapters.imaging.sandbox``.

Reads one picture from standard input, answers on standard output as ``frame`` says.
"""

import sys
import warnings

from PIL import Image

from models.ports import ProcessedPicture
from worker.adapters.imaging.decode import CleanPicture, Refused, decode, set_up
from worker.adapters.imaging.encode import make_renditions
from worker.adapters.imaging.frame import READY, encode_picture, encode_refusal
from worker.adapters.imaging.limits import apply_limits


def main() -> None:
    """Answer once; an error of Haja's own ends with a traceback and exit code 1."""
    apply_limits()
    set_up()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    _write(READY)
    _write(answer(sys.stdin.buffer.read()))


def answer(content: bytes) -> bytes:
    """The framed renditions or the framed reason why there are none."""
    try:
        clean = _decoded(content)
        renditions = make_renditions(clean.image)
        return encode_picture(ProcessedPicture(clean.width, clean.height, renditions))
    except Refused as refusal:
        return encode_refusal(str(refusal))
    except MemoryError:
        return encode_refusal("needs too much memory")


def _decoded(content: bytes) -> CleanPicture:
    try:
        return decode(content)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # Decoders raise anything at hostile bytes (SyntaxError, struct.error, KeyError): all of
        # it is the picture's doing, because nothing else is read here.
        raise Refused("is broken or cut off") from error


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
