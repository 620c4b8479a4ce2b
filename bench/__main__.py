"""``python -m bench [NAME]``: measure one part, or all of them one after another."""

import subprocess
import sys

# Name to the arguments of its module; sizes that take about a minute.
PARTS: dict[str, tuple[str, ...]] = {
    "triage": (),
    "dispatcher": ("--steps", "1000000"),
}


def main() -> int:
    """Exit 2 for a name that is no part, 1 if a part failed."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.stderr.write(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}\n")
        return 2
    codes = []
    for name in wanted:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", f"bench.{name}", *PARTS[name]]
        codes.append(subprocess.run(command, check=False).returncode)
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
