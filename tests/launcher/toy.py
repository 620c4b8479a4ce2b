"""A stack of toy processes, started as its own program: ``python -m tests.launcher.toy FOLDER``."""

import os
import sys
from pathlib import Path

from launcher.environment import compose
from launcher.lock import LockedError
from launcher.ports import PortError
from launcher.stack import Stack


def main() -> int:
    root = Path(sys.argv[1])
    try:
        Stack(root, compose(root, os.environ)).run()
    except (PortError, LockedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
