"""The limits of the sandbox process, which it sets before it reads a byte of the picture."""

import resource
import sys

MEMORY_BYTES = 1_500 * 1024 * 1024
CPU_SECONDS = 30
WALL_SECONDS = 60.0
ANSWER_BYTES = 64 * 1024 * 1024


def apply_limits() -> None:
    """Limit memory, processor time, output and core dumps of this process permanently."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (ANSWER_BYTES, ANSWER_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    if sys.platform == "linux":  # other systems cannot limit the address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
