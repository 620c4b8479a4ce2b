"""The process that decodes untrusted pictures: ``python -m worker.adapters.imaging.sandbox``.

Reads one picture from standard input and writes its answer to standard output; ``frame`` has the
format.
"""

import sys

from models.ports import ProcessedPicture
from worker.adapters.imaging.decode import CleanPicture, decode, set_up
from worker.adapters.imaging.encode import make_renditions
from worker.adapters.imaging.frame import READY, encode_picture, encode_refusal
from worker.adapters.imaging.limits import apply_limits
from worker.adapters.imaging.refused import BROKEN, TOO_MUCH_MEMORY, Refused


def main() -> None:
    """Process one picture. A bug in Haja ends with a traceback and exit code 1."""
    apply_limits()
    set_up()
    _write(READY)
    _write(answer(sys.stdin.buffer.read()))


def answer(content: bytes) -> bytes:
    """The framed renditions or the framed reason why there are none."""
    try:
        clean = decoded(content)
        renditions = make_renditions(clean.image)
        return encode_picture(ProcessedPicture(clean.width, clean.height, renditions))
    except Refused as refusal:
        return encode_refusal(str(refusal))
    except MemoryError:
        return encode_refusal(TOO_MUCH_MEMORY)


def decoded(content: bytes) -> CleanPicture:
    """The clean pixels.

    Raises:
        Refused: there are none, whatever a decoder raised.
    """
    try:
        return decode(content)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # Decoders may raise any error for broken bytes (SyntaxError, struct.error, KeyError). The
        # picture is the cause, because nothing else is read here.
        raise Refused(BROKEN) from error


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
