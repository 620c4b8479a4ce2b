"""A PostgreSQL that was given by DATABASE_URL: whether it answers, said in one line."""

import time

import psycopg2

from launcher.server import ServerError

PATIENCE_SECONDS = 20.0  # it may be starting beside us


def require_answer(url: str, *, patience: float = PATIENCE_SECONDS) -> None:
    """Return once the database takes a connection.

    Raises:
        ServerError: it did not within ``patience`` seconds; never shows the password.
    """
    plain = url.replace("postgresql+psycopg2://", "postgresql://", 1)
    deadline = time.monotonic() + patience
    while True:
        try:
            psycopg2.connect(plain, connect_timeout=5).close()
        except psycopg2.Error as error:
            if time.monotonic() > deadline:
                reason = (str(error).strip().splitlines() or [""])[-1].strip()
                raise ServerError(
                    "DATABASE_URL의 데이터베이스에 연결할 수 없습니다 · "
                    f"the database of DATABASE_URL does not answer: {reason}"
                ) from None
            time.sleep(0.5)
        else:
            return
