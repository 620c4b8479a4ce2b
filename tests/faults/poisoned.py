"""A worker or dispatcher with the poison tasks: ``python -m tests.faults.poisoned -- COMMAND``."""

import sys

from tasks.steps import leases
from tests.faults import poison
from tests.faults.wrapping import run_wrapped


def _prepare(_words: list[str]) -> None:
    leases.RENEW_EVERY = poison.LEASE / 4
    leases.GRACE = 4.0
    poison.register_all()


if __name__ == "__main__":
    run_wrapped(sys.argv[1:], _prepare)
