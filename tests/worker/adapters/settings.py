"""Settings for one adapter, without an environment."""

from typing import Any

from config.settings import Settings


def make_settings(**given: Any) -> Settings:
    """What ``given`` says, and values that reach nothing for all that is required."""
    required = {
        "secret_key": "x" * 32,
        "jwt_secret_key": "y" * 32,
        "database_url": "postgresql://nobody@127.0.0.1:1/none",
        "redis_url": "redis://127.0.0.1:1/0",
    }
    return Settings(**(required | given))
