"""The code, .env.example and the documentation have the same settings."""

import re
from pathlib import Path

import pytest

from config.settings import Settings

ROOT = Path(__file__).parents[2]
IN_CODE = {name.upper() for name in Settings.model_fields}
IN_CONTRACT = """
    HAJA_ENV SECRET_KEY JWT_SECRET_KEY DATABASE_URL REDIS_URL CELERY_BROKER_URL PUBLIC_URL PORT
    FLOWER_PORT FLOWER_BASIC_AUTH HAJA_DATA_DIR HAJA_TIMEZONE HAJA_ADMIN_EMAIL
    HAJA_ADMIN_PASSWORD OPENAI_API_KEY OPENAI_BASE_URL OPENAI_MODEL MAIL_SERVER MAIL_PORT
    MAIL_USERNAME MAIL_PASSWORD MAIL_USE_TLS MAIL_USE_SSL MAIL_DEFAULT_SENDER OPERATORS_EMAIL
    REPORT_RECIPIENTS INTAKE_RATE_LIMIT INTAKE_REQUIRE_LOGIN API_RATE_LIMIT TRUSTED_PROXIES
    S3_BUCKET AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION CDN_URL
    LOG_FILE LINK_DAYS REOPEN_DAYS REDIS_CA BIND SENTRY_DSN NEW_RELIC_LICENSE_KEY OTEL_EXPORTER_OTLP_ENDPOINT GOOGLE_ANALYTICS_ID
    MIXPANEL_TOKEN
"""


def test_the_contracts_settings_exist() -> None:
    assert set(IN_CONTRACT.split()) <= IN_CODE


def test_the_example_lists_every_setting_and_no_other() -> None:
    lines = (ROOT / ".env.example").read_text()
    listed = re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", lines, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == IN_CODE


def test_the_examples_values_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the file must have the same effect as an empty environment."""
    for name in IN_CODE:
        monkeypatch.delenv(name, raising=False)
    lines = (ROOT / ".env.example").read_text()
    given = dict(re.findall(r'^([A-Z][A-Z0-9_]+)="?(.*?)"?$', lines, re.MULTILINE))
    needed = {"secret_key": "x", "jwt_secret_key": "x", "redis_url": "redis://h"}
    needed["database_url"] = "postgresql://h/x"
    plain = Settings(**needed)  # type: ignore[arg-type]
    filled = Settings(**needed, **{n.lower(): v for n, v in given.items() if v})  # type: ignore[arg-type]
    assert filled == plain


@pytest.mark.parametrize("package", ["models", "tasks", "worker", "web", "live"])
def test_nothing_else_reads_the_environment(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        source = path.read_text()
        for way in ("os.environ", "import environ", "getenv"):
            assert way not in source, path


def test_the_documentation_names_every_setting() -> None:
    page = ROOT / "docs" / "configuration.md"
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", page.read_text()))
    assert named >= IN_CODE, sorted(IN_CODE - named)
