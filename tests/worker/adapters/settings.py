"""Settings for one adapter, without an environment."""

from typing import Any

from config.settings import Settings


def make_settings(**given: Any) -> Settings:
    """Settings with the ``given`` values; the required ones have defaults that reach no server."""
    required = {
        "secret_key": "x" * 32,
        "jwt_secret_key": "y" * 32,
        "database_url": "postgresql://nobody@127.0.0.1:1/none",
        "redis_url": "redis://127.0.0.1:1/0",
    }
    return Settings(**(required | given))
