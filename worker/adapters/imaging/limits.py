"""What a picture may cost; the sandbox puts these on itself before it reads a byte."""

import resource
import sys

MEMORY_BYTES = 1_500 * 1024 * 1024
CPU_SECONDS = 30
WALL_SECONDS = 60.0
ANSWER_BYTES = 64 * 1024 * 1024


def apply_limits() -> None:
    """Bound memory, processor time, output and core dumps of this process for good."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (ANSWER_BYTES, ANSWER_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    if sys.platform == "linux":  # elsewhere the address space cannot be bounded
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
