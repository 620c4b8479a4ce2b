"""Hostile or broken bytes: they are refused with a short reason, and the worker survives."""

import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from models.ports import PermanentError, TransientError
from tests.worker.adapters.imaging import pictures
from tests.worker.adapters.imaging.pictures import quarters, saved
from worker.adapters.imaging import process
from worker.adapters.imaging.process import process_picture

JPEG = saved(quarters(), "JPEG")
NO_PICTURE = "is not a JPEG"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", NO_PICTURE, id="nothing"),
        pytest.param(b"\0" * 10_000, NO_PICTURE, id="NUL bytes"),
        pytest.param("사진이 아닙니다".encode() * 100, NO_PICTURE, id="text"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", NO_PICTURE, id="svg"),
        pytest.param(b"%PDF-1.7\n" + JPEG, NO_PICTURE, id="pdf before a picture"),
        pytest.param(saved(quarters(), "GIF"), NO_PICTURE, id="gif"),
        pytest.param(saved(quarters(), "BMP"), NO_PICTURE, id="bmp"),
        pytest.param(saved(quarters(), "TIFF"), NO_PICTURE, id="tiff"),
        pytest.param(b"\xff\xd8\xff" + os.urandom(5000), "is ", id="noise as jpeg"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 5000, "is ", id="NUL bytes as png"),
        pytest.param(saved(quarters(), "PNG")[:-400], "is broken or cut off", id="cut png"),
        pytest.param(saved(quarters(), "WEBP")[:200], "is ", id="cut webp"),
        pytest.param(saved(quarters(), "HEIF")[:-200], "is ", id="cut heic"),
        pytest.param(saved(quarters(), "AVIF")[:-200], "is ", id="cut avif"),
        pytest.param(pictures.png_bomb(11_000, 11_000), "has more than 112", id="121 megapixels"),
        pytest.param(pictures.png_bomb(13_000, 13_000), "has more than 112", id="169 megapixels"),
    ],
)
def test_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(PermanentError, match=f"^{reason}"):
        process_picture(content)


def test_a_decompression_bomb_in_a_png_text_chunk() -> None:
    text = pictures.png_chunk(b"zTXt", b"x\0\0" + zlib.compress(b"a" * 200_000_000))
    png = saved(quarters(), "PNG")
    with pytest.raises(PermanentError):
        process_picture(png[:33] + text + png[33:])


def test_just_below_the_limit() -> None:
    picture = process_picture(pictures.png_bomb(12_240, 9_000))
    assert (picture.width, picture.height) == (12_240, 9_000)


def _outcome(content: bytes) -> str:
    try:
        return f"{len(process_picture(content).renditions)} renditions"
    except PermanentError as refusal:
        return str(refusal)


def test_flipped_bits_never_break_the_worker() -> None:
    """The result is a picture or a reason."""
    for number in range(12):
        broken = bytearray(JPEG if number % 2 else saved(quarters(), "HEIF"))
        for at in range(20 + number * 37, len(broken), 211):
            broken[at] ^= 0x55
        assert 5 < len(_outcome(bytes(broken))) < 100


def _sandbox(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Replace the sandbox's module by ``code``."""
    (folder / "stand_in.py").write_text(
        "import os, sys, signal, time\n"
        "from worker.adapters.imaging.limits import apply_limits\n"
        f"os.chdir({str(folder)!r})\n{code}\n"
    )
    (folder / "worker").symlink_to(process.ROOT / "worker")
    monkeypatch.setattr(process, "ROOT", folder)
    monkeypatch.setattr(process, "MODULE", "stand_in")


READY = "sys.stdout.buffer.write(b'HAJA1\\n'); sys.stdout.buffer.flush()\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (READY + "os.kill(os.getpid(), signal.SIGSEGV)", "crashes the decoder"),
        (READY + "os.abort()", "crashes the decoder"),
        (
            "import resource; apply_limits(); resource.setrlimit(resource.RLIMIT_CPU, (1, 6))\n"
            + READY
            + "while True: pass",
            "takes too long to decode",
        ),
    ],
)
def test_faults_of_the_picture_are_permanent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, reason: str
) -> None:
    _sandbox(monkeypatch, tmp_path, code)
    with pytest.raises(PermanentError, match=reason):
        process_picture(JPEG)


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(1)",
        "import no_such_library",
        "os.kill(os.getpid(), signal.SIGSEGV)",  # before it had the picture
        READY + "os.kill(os.getpid(), signal.SIGKILL)",
        READY + "os.kill(os.getpid(), signal.SIGTERM)",
        READY + "raise RuntimeError('a bug')",
        READY,
        READY + "sys.stdout.buffer.write(b'\\0\\0\\0\\x02[]')",
        READY + "sys.stdout.buffer.write(b'\\xff' * 1000)",
    ],
)
def test_faults_of_the_machine_are_transient(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str
) -> None:
    _sandbox(monkeypatch, tmp_path, code)
    with pytest.raises(TransientError):
        process_picture(JPEG)


def test_no_python_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(TransientError, match="does not start"):
        process_picture(JPEG)


def test_out_of_time_ends_the_whole_group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    grandchild = tmp_path / "grandchild"
    code = (
        "import subprocess; child = subprocess.Popen(['sleep', '600'])\n"
        f"open({str(grandchild)!r}, 'w').write(str(child.pid))\n" + READY + "time.sleep(600)"
    )
    _sandbox(monkeypatch, tmp_path, code)
    with pytest.raises(TransientError, match="out of time"):
        process_picture(JPEG, wall_seconds=3)
    pid = int(grandchild.read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "zombie" not in _state(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "zombie"


def test_memory_is_bounded() -> None:
    """The limit applies to the process, so a decoder that needs more gets a MemoryError."""
    code = (
        "from worker.adapters.imaging.limits import apply_limits\n"
        "apply_limits()\n"
        "try: bytearray(2_000_000_000)\n"
        "except MemoryError: print('bounded')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=process.ROOT, capture_output=True, check=True
    )
    assert done.stdout == b"bounded\n"


def test_the_sandbox_has_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "very secret")
    _sandbox(monkeypatch, tmp_path, "open('seen', 'w').write(repr(dict(os.environ)))")
    with pytest.raises(TransientError):
        process_picture(JPEG)
    assert "SECRET_KEY" not in (tmp_path / "seen").read_text()


def test_from_several_threads() -> None:
    done: list[int] = []
    content = saved(Image.new("RGB", (40, 30), pictures.RED), "PNG")
    threads = [
        threading.Thread(target=lambda: done.append(process_picture(content).width))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert done == [40] * 4
    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL
