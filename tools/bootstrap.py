"""Make the repository's own environment: ``python tools/bootstrap.py run`` (or ``dev``).

Standard library only, for any Python from 3.11 on that has pip or ensurepip. Installs nothing
outside the repository: uv goes into ``.tools``, the environment into ``.venv``. A mark in the
environment tells later calls that nothing is to be done.
"""

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

UV_VERSION = "0.13.9"
ROOT = Path(__file__).resolve().parent.parent
TOOLS, VENV, LOCKS = ROOT / ".tools", ROOT / ".venv", ROOT / "requirements"
MARK = VENV / "haja.mark"

# pip's settings and the same settings of uv, which does not read pip's.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


class BootstrapError(Exception):
    """The environment could not be made; the message says what to do."""


class Mark(NamedTuple):
    """What the environment was made from. An environment has absolute paths, so it cannot be
    moved."""

    kind: str
    digest: str
    root: str
    python: str

    def as_text(self) -> str:
        return "\n".join(self)


def read_mark(path: Path) -> Mark | None:
    """The mark of an earlier call, or None."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    return Mark(*lines) if len(lines) == 4 else None


def wanted_mark(kind: str) -> Mark:
    """The mark of an environment made from the lock ``kind`` with this Python."""
    digest = hashlib.sha256((LOCKS / f"{kind}.txt").read_bytes()).hexdigest()
    version = ".".join(str(part) for part in sys.version_info[:2])
    return Mark(kind, digest, str(ROOT), version)


def choose_kind(wanted: str, found: Mark | None) -> str:
    """The kind to make: a ``dev`` environment stays one, because it has all of ``run``."""
    return "dev" if found and found.kind == "dev" else wanted


def is_current(wanted: str, found: Mark | None) -> bool:
    """Whether the environment is up to date."""
    if not found or not (VENV / "bin" / "python").exists():
        return False
    expected = wanted_mark(choose_kind(wanted, found))
    # A later call may use another Python: the environment keeps the one that it was made with.
    return expected._replace(python=found.python) == found


def pip_settings(python: str) -> dict[str, str]:
    """pip's settings from its files and environment variables, by name without their section. The
    variables have precedence."""
    listed = subprocess.run(
        [*pip_command(python), "config", "list"], capture_output=True, check=False, text=True
    )
    settings: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        key, found, value = line.partition("=")
        if found:
            name = key.rpartition(".")[2]
            settings[name] = str(ast.literal_eval(value))
    for name, value in os.environ.items():
        if name.startswith("PIP_"):
            settings[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return settings


def uv_environment(pip: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` with pip's settings as uv's, where uv's own are not set."""
    result = dict(environment)
    for name, variable in PIP_TO_UV.items():
        if value := pip.get(name):
            separator = "," if name == "find-links" else " "
            result.setdefault(variable, separator.join(value.split()))
    # pip uses all its indexes. That is safe, because the lock has the hashes of all packages.
    result.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    result.setdefault("UV_PYTHON_DOWNLOADS", "never")
    if "UV_CACHE_DIR" not in result and not cache_is_writable(result):
        result["UV_CACHE_DIR"] = str(TOOLS / "cache")
    # Hard links need one file system; across two, uv would warn before it copies.
    if not _same_device(Path(result.get("UV_CACHE_DIR", str(default_cache(result)))), ROOT):
        result.setdefault("UV_LINK_MODE", "copy")
    return result


def default_cache(environment: Mapping[str, str]) -> Path:
    """uv's default cache folder."""
    base = environment.get("XDG_CACHE_HOME") or Path(
        environment.get("HOME", "/nonexistent"), ".cache"
    )
    return Path(base) / "uv"


def cache_is_writable(environment: Mapping[str, str]) -> bool:
    """Whether uv can write to its default cache folder; not if the home is read-only or missing."""
    folder = default_cache(environment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _same_device(one: Path, other: Path) -> bool:
    while not one.exists() and one != one.parent:
        one = one.parent
    return one.stat().st_dev == other.stat().st_dev


def pip_command(python: str) -> list[str]:
    """How to call pip: the module, or the copy in ensurepip.

    Raises:
        BootstrapError: this Python has neither.
    """
    if (
        subprocess.run(
            [python, "-m", "pip", "--version"], capture_output=True, check=False
        ).returncode
        == 0
    ):
        return [python, "-m", "pip"]
    question = "import ensurepip; print(ensurepip.__path__[0])"
    answer = subprocess.run([python, "-c", question], capture_output=True, check=False, text=True)
    bundled = sorted(Path(answer.stdout.strip() or "/nonexistent").glob("_bundled/pip-*.whl"))
    if not bundled:
        raise BootstrapError(
            f"{python} has no pip: install it (Debian: apt-get install python3-pip)"
        )
    return [python, f"{bundled[-1]}/pip"]


def install_uv(python: str) -> Path:
    """The path of uv's program in ``.tools``, which the first call downloads.

    Raises:
        BootstrapError: pip could not download it.
    """
    target = TOOLS / f"uv-{UV_VERSION}"
    program = target / "bin" / "uv"
    if program.exists():
        return program
    say(f"fetching uv {UV_VERSION}, which installs the rest")
    building = TOOLS / "uv-building"
    shutil.rmtree(building, ignore_errors=True)
    command = [*pip_command(python), "install", "--quiet", "--disable-pip-version-check"]
    command += [
        "--no-cache-dir",
        "--no-warn-script-location",
        "--root-user-action=ignore",
        "--target",
        str(building),
    ]
    call([*command, f"uv=={UV_VERSION}"], dict(os.environ), "pip could not fetch uv")
    shutil.rmtree(target, ignore_errors=True)
    building.rename(target)
    return program


def sync(uv: Path, kind: str, environment: dict[str, str]) -> None:
    """Install exactly the packages of the lock into ``.venv``.

    Raises:
        BootstrapError: something could not be installed.
    """
    python = VENV / "bin" / "python"
    if not is_usable(python, read_mark(MARK)):
        say("making the environment .venv")
        command = [str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)]
        call(command, environment, "the environment could not be made")
    MARK.unlink(missing_ok=True)
    lock = LOCKS / f"{kind}.txt"
    count = sum(1 for line in lock.read_text().splitlines() if "==" in line)
    say(f"installing about {count} packages ({lock.relative_to(ROOT)})")
    command = [str(uv), "pip", "sync", "--require-hashes", "--python", str(python), str(lock)]
    # Otherwise all processes would compile at their first start, at the same time; or at every
    # start, if PYTHONDONTWRITEBYTECODE is set or the folder is read-only.
    command.append("--compile-bytecode")
    call(command, environment, "not everything could be installed")


def is_usable(python: Path, found: Mark | None) -> bool:
    """Whether the environment runs and was not moved: its scripts contain its path."""
    if not python.exists() or (found and found.root != str(ROOT)):
        return False
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def call(command: list[str], environment: dict[str, str], failure: str) -> None:
    """Run ``command``; its output goes to the terminal.

    Raises:
        BootstrapError: it failed; ``failure`` says what could not be done.
    """
    if subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode:
        raise BootstrapError(
            f"{failure}: see above; is the package index reachable (PIP_INDEX_URL)?"
        )


def say(text: str) -> None:
    """Print a line of progress to stderr."""
    print(f"haja: {text}", file=sys.stderr, flush=True)


def bootstrap(wanted: str) -> None:
    """Make or update the environment if it is not up to date.

    Raises:
        BootstrapError: it cannot be made.
    """
    if is_current(wanted, read_mark(MARK)):
        return
    TOOLS.mkdir(exist_ok=True)
    # Of two calls at once, the second waits and then finds the environment up to date.
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = read_mark(MARK)
        if is_current(wanted, found):
            return
        kind = choose_kind(wanted, found)
        uv = install_uv(sys.executable)
        sync(uv, kind, uv_environment(pip_settings(sys.executable), os.environ))
        MARK.write_text(wanted_mark(kind).as_text())


def main(arguments: list[str]) -> int:
    """``run`` or ``dev`` make the environment; ``uv`` installs uv and prints the path of its
    program."""
    if sys.version_info < (3, 11):  # noqa: UP036 - any Python may be made to run this file
        print("haja: needs Python 3.11 or newer", file=sys.stderr)
        return 1
    try:
        if arguments == ["uv"]:
            TOOLS.mkdir(exist_ok=True)
            print(install_uv(sys.executable))
        else:
            bootstrap(arguments[0])
    except (BootstrapError, OSError) as error:
        print(f"haja: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
