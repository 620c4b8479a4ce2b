"""Become a child that cannot outlive its parent, then become the program that was asked for.

Run by path, as ``python -I -S child.py PARENT SIGNAL USER PROGRAM ARG...``, standard library only.
A program of its own and no ``preexec_fn``: Python code between fork and exec can deadlock in a
process with threads, such as a test run.

PARENT is the process whose death sends SIGNAL (a number) to us. USER is ``-`` to stay who we are,
``UID:GID`` to change, or ``UID:GID+`` to change and keep the right to walk through closed folders:
PostgreSQL refuses to run as root, and the folder may well lie below root's own 0700 home.

What the program writes is readable by its own user alone.
"""

import ctypes
import os
import sys

CANNOT_START = 125  # as env(1) and timeout(1) say it: the fault is ours, not the program's

_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
_SECBIT_NO_SETUID_FIXUP = 4
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, *values: int) -> None:
    arguments = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    if _libc().prctl(option, *arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")


def _keep_only_dac_override() -> None:
    """Permitted must end equal to ambient, or the next exec counts as a privileged one and the
    kernel drops the death signal and ``LD_LIBRARY_PATH``."""
    mask = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable
    if _libc().capset(header, sets) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"capset: {os.strerror(number)}")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)


def _become(user: str) -> None:
    uid, gid = (int(part) for part in user.rstrip("+").split(":"))
    if user.endswith("+"):
        # Capabilities outlive the change of user, and access(2), by which PostgreSQL looks for its
        # own programs, honours them: without this bit it asks for the bare user.
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if user.endswith("+"):
        _keep_only_dac_override()


def _die_with(parent: int, signal: int) -> None:
    """After ``_become``: a change of user clears the death signal."""
    if not sys.platform.startswith("linux"):
        return
    _prctl(_PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:
        os._exit(CANNOT_START)


def die_with_parent() -> None:
    """End this process in good order (SIGTERM) when the one that started it dies."""
    _die_with(os.getppid(), 15)


def main(arguments: list[str]) -> None:
    parent, signal, user, *command = arguments
    os.umask(0o077)  # what our processes write holds what people wrote
    try:
        if user != "-":
            _become(user)
        _die_with(int(parent), int(signal))
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]}: cannot start: {error}", file=sys.stderr)
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    main(sys.argv[1:])
