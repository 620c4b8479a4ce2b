"""Recognising picture formats by the first bytes: real pictures pass, other files do not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.services.picture_format import has_too_many_pixels, sniff
from tests.worker.adapters.imaging import pictures
from tests.worker.adapters.imaging.pictures import quarters, saved

JPEG = saved(quarters(), "JPEG")
MPO = saved(quarters(), "MPO", save_all=True, append_images=[quarters()])
PNG = saved(quarters(), "PNG")
WEBP = saved(quarters(), "WEBP")
HEIC = saved(quarters(), "HEIF")
AVIF = saved(quarters(), "AVIF")
KNOWN = (None, "image/jpeg", "image/png", "image/webp", "image/heic", "image/avif")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(JPEG, "image/jpeg", id="jpeg"),
        pytest.param(saved(quarters(), "JPEG", progressive=True), "image/jpeg", id="progressive"),
        pytest.param(saved(quarters(mode="CMYK"), "JPEG"), "image/jpeg", id="cmyk"),
        pytest.param(pictures.telltale_jpeg(), "image/jpeg", id="with metadata"),
        pytest.param(saved(quarters(), "MPO"), "image/jpeg", id="mpo"),
        pytest.param(JPEG[:-700], "image/jpeg", id="jpeg without its end"),
        pytest.param(MPO[:-1000], "image/jpeg", id="mpo without the end of its second picture"),
        pytest.param(pictures.with_size(JPEG, 12_000, 9_000), "image/jpeg", id="108 megapixels"),
        pytest.param(PNG, "image/png", id="png"),
        pytest.param(saved(quarters().quantize(4), "PNG", bits=2), "image/png", id="palette"),
        pytest.param(pictures.grey_16_bit_png(), "image/png", id="16 bits"),
        pytest.param(pictures.colour_16_bit_png(), "image/png", id="16 bits of colour"),
        pytest.param(WEBP, "image/webp", id="webp"),
        pytest.param(saved(quarters(), "WEBP", lossless=True), "image/webp", id="lossless webp"),
        pytest.param(saved(quarters(mode="RGBA"), "WEBP", exif=pictures.exif()), "image/webp"),
        pytest.param(HEIC, "image/heic", id="heic"),
        pytest.param(AVIF, "image/avif", id="avif"),
    ],
)
def test_pictures(content: bytes, expected: str) -> None:
    assert sniff(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param("하자".encode() * 500, id="text"),
        pytest.param(b"\0" * 5000, id="NUL bytes"),
        pytest.param(saved(quarters(), "GIF"), id="gif"),
        pytest.param(saved(quarters(), "TIFF"), id="tiff"),
        pytest.param(b"<svg/>" + JPEG, id="svg before a picture"),
        pytest.param(b"\xff\xd8\xff" + b"\0" * 5000, id="NUL bytes as jpeg"),
        pytest.param(b"\xff\xd8\xff" + b"text " * 500, id="text as jpeg"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"noise" * 99, id="jpeg without a frame"),
        pytest.param(JPEG[:100], id="beginning of a jpeg"),
        pytest.param(PNG[:30], id="beginning of a png"),
        pytest.param(PNG[:16] + b"\0\0\0\0" + PNG[20:], id="png without a width"),
        pytest.param(PNG[:12] + os.urandom(2000), id="noise as png"),
        pytest.param(WEBP[:12] + b"noise" * 200, id="noise as webp"),
        pytest.param(HEIC[:24], id="beginning of a heic"),
        pytest.param(HEIC[:40] + b"\0" * 500, id="NUL bytes as heic"),
        pytest.param(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08moov", id="a film"),
    ],
)
def test_no_pictures(content: bytes) -> None:
    assert sniff(content) is None


@given(
    st.sampled_from([b"", JPEG[:3], JPEG[:30], PNG[:16], WEBP[:12], HEIC[:8], AVIF[:40]]),
    st.binary(max_size=300),
)
def test_no_bytes_break_it(start: bytes, rest: bytes) -> None:
    assert sniff(start + rest) in KNOWN


def test_recognising_formats_loads_no_decoder() -> None:
    code = "import sys, models.services.picture_format; sys.exit('PIL' in sys.modules)"
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


def _webp(kind: bytes, data: bytes) -> bytes:
    chunk = kind + (30).to_bytes(4, "little") + data.ljust(30, b"\0")
    return b"RIFF" + (len(chunk) + 4).to_bytes(4, "little") + b"WEBP" + chunk


@pytest.mark.parametrize(
    ("content", "too_many"),
    [
        (pictures.png_bomb(12_240, 9_000), False),
        (pictures.png_bomb(12_240, 9_200), True),
        (_webp(b"VP8X", b"\0\0\0\0" + bytes.fromhex("3f1f00cf1b00")), True),  # 8,000 x 7,120
        (_webp(b"VP8X", b"\0\0\0\0" + bytes.fromhex("3f1f006f1700")), False),  # 8,000 x 6,000
        (_webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x40\x1f\xd0\x1b"), True),
        (_webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x40\x1f\x70\x17"), False),
        (_webp(b"VP8L", b"\x2f" + (7_999 | 7_119 << 14).to_bytes(4, "little")), True),
        (_webp(b"VP8L", b"\x2f" + (7_999 | 5_999 << 14).to_bytes(4, "little")), False),
    ],
)
def test_too_many_pixels_are_seen_in_the_header(content: bytes, too_many: bool) -> None:
    content_type = sniff(content)
    assert content_type in ("image/png", "image/webp")
    assert has_too_many_pixels(content, content_type) == too_many
