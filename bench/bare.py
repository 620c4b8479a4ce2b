"""Haja's rooms as they are without the packages of development: ``python -m bench.bare room ...``.

structlog loads rich where it finds it, which takes 5 MB and is not installed in production.
"""

import runpy
import sys

if __name__ == "__main__":
    sys.modules["rich"] = None  # type: ignore[assignment]  # Python takes it for "not there"
    runpy.run_module("worker", run_name="__main__", alter_sys=True)
