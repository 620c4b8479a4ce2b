"""Settings from the environment: values that are refused, and no secrets in messages."""

import os
import secrets
import subprocess

import pytest

from config.secret_strength import weakness
from config.settings import Settings, SettingsError, example_of, get_settings
from launcher.procfile import read_procfile
from tests.conftest import ROOT

GOOD = {
    "SECRET_KEY": "k3j4h5k2-b7v8c9x1-m4n6q8w2-z5t7r",
    "JWT_SECRET_KEY": "Vq3ZkT81mWc_0aYhL7xRn5-dGu2Jp9EsB6",
    "DATABASE_URL": "postgres://haja:x@db.example.org/haja",
    "REDIS_URL": "redis://cache.example.org:6379/0",
    "PUBLIC_URL": "https://haja.example.org/",
    "HAJA_ENV": "production",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def _read() -> Settings:
    return get_settings.__wrapped__()


@pytest.mark.usefixtures("environment")
def test_a_good_production() -> None:
    settings = _read()
    assert settings.production
    assert settings.database_url == "postgresql+psycopg2://haja:x@db.example.org/haja"
    assert settings.base_url == "https://haja.example.org"
    assert settings.broker_url == settings.redis_url


@pytest.mark.parametrize("name", ["SECRET_KEY", "JWT_SECRET_KEY"])
@pytest.mark.parametrize("value", ["", "short", "a" * 64, "changeme-changeme-changeme-change"[:31]])
def test_production_refuses_a_missing_or_weak_secret_by_name(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        _read()
    assert name in str(caught.value)
    assert not value or value not in str(caught.value)


def test_production_wants_two_different_secrets(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("JWT_SECRET_KEY", GOOD["SECRET_KEY"])
    with pytest.raises(SettingsError, match="JWT_SECRET_KEY must differ"):
        _read()


def test_development_takes_weak_secrets(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HAJA_ENV", "development")
    environment.setenv("SECRET_KEY", "x")
    assert not _read().production


# Of each setting what somebody has typed or might type. A new setting without any fails.
FREE = None  # any text has a meaning
ADDRESSES = ("example.org", "ftp://example.org", "http://", "http://a b", "https://h:99999", "x")
WRONG: dict[str, tuple[str, ...] | None] = {
    "PUBLIC_URL": (
        *ADDRESSES, "https://h/haja", "https://h?x=1", "https://h#x", "https://me:pw@h", "https:h",
        "https://h/?", "//h", "https://1.2.3", "https://-h",
    ),
    "PORT": ("0", "-1", "65536", "http", "80.5", "8 000"),
    "BIND": ("everywhere", "127.0.0", "127.0.0.1:8000", "[::]", "0.0.0.0/0"),
    "WEB_PORT": ("0", "x"),
    "LIVE_PORT": ("0", "x"),
    "FLOWER_PORT": ("0", "x"),
    "WEB_UPSTREAMS": ("web", "web:", ":8001", "http://web:8001", "web:8001,api:8001", "web:0"),
    "LIVE_UPSTREAMS": ("live", "live:99999", "::1:8002"),
    "FLOWER_UPSTREAMS": ("flower", "flower:x"),
    "GATEWAY_TLS": ("on", "1", "letsencrypt"),
    "TRUSTED_PROXIES": ("-1", "all", "11", "10.0.0.0/8"),
    "HAJA_DATA_DIR": ("/dev/null", "/dev/null/haja", "/etc/hostname/x", "~nobody-here/x", "/" + "x" * 300),
    "LOG_FILE": (
        "/", "/etc", "/dev/null", "/dev/null/haja.log", "/etc/hostname/haja.log", "~nobody-here/x.log",
        "/" + "x" * 300,
    ),
    "HAJA_ENV": ("staging", "prod", "Production"),
    "SECRET_KEY": ("short",),
    "JWT_SECRET_KEY": ("short",),
    "DATABASE_URL": (
        "mysql://x", "sqlite:///x.db", "db.example.org/haja", "postgresql://", "postgresql://h",
        "postgresql://h/", "postgresql:///haja", "postgres://u:p#w@h/haja", "postgres://u:p/w@h/haja",
        "postgres://u:p@w@h/haja", "postgres://u:p?w@h/haja", "postgres://u:p@h:port/haja",
        "postgres://u:p@h:0/haja", "postgres://u:p@h/haja?sslmode=yes", "postgres://u:p@h/haja?ssl=1",
        "postgres://u:p w@h/haja", "postgres://u:[@h/haja",
    ),
    "REDIS_URL": (
        "localhost:6379", "http://h", "redis://", "redis://:p#w@h", "redis://:p/w@h:6379/0",
        "redis://:p@w@h", "redis://h:port", "redis://h/zero", "redis://h/0/1",
        "rediss://h/0?ssl_cert_reqs=none", "unix:///run/redis.sock",
    ),
    "REDIS_CA": ("/nowhere.pem", "/etc/hostname", "/etc", "~nobody-here/ca.pem"),
    "CELERY_BROKER_URL": ("kafka://h", "amqp://", "amqp://u:p#w@h", "amqp://u:p@w@h", "redis://h/x"),
    "WEB_CONCURRENCY": ("0", "65", "two"),
    "WEB_THREADS": ("1", "1000", "x"),
    "LIVE_MAX_SOCKETS": ("0", "-5", "many", "1e99"),
    "FLOWER_BASIC_AUTH": ("ops", "ops:", ":pw", ":"),
    "HAJA_TIMEZONE": ("Mars/Olympus", "KST+9", "../etc/passwd", "Seoul"),
    "HAJA_ADMIN_EMAIL": ("a\x07b", "x", "admin", "admin@office", "Kim <kim@x.kr>", "kim@x.kr, lee@x.kr"),
    "HAJA_ADMIN_PASSWORD": FREE,
    "OPENAI_API_KEY": ("sk 1", "열쇠", "sk-1\nsk-2"),
    "OPENAI_BASE_URL": (*ADDRESSES, "http://h#x"),
    "OPENAI_MODEL": ("gpt 5",),
    "OPENAI_CACHE_SECONDS": ("-1", "nan", "inf", "week"),
    "OPENAI_TIMEOUT": ("0", "-1", "nan", "inf", "20s"),
    "AI_CONCURRENCY": ("0", "1001", "x"),
    "TRIAGE_SURE_FROM": ("-0.1", "1.1", "nan", "60%"),
    "MAIL_SERVER": ("smtp://h", "mail server", "smtp.example.org:587", "a..b", "1.2.3"),
    "MAIL_PORT": ("70000", "0", "smtp"),
    "MAIL_USERNAME": ("a\nb",),
    "MAIL_PASSWORD": FREE,
    "MAIL_USE_TLS": ("perhaps", "2", "starttls"),
    "MAIL_USE_SSL": ("perhaps", "2"),
    "MAIL_DEFAULT_SENDER": ("haja", "haja@office", "a@x.kr, b@x.kr", "Kim, 운영 <op@x.kr>"),
    "MAIL_REPLY_TO": ("haja", "a@b", "a@x.kr, b@x.kr"),
    "MAIL_RECIPIENT_LIMIT": ("0", "-1", "x"),
    "REOPEN_DAYS": ("-1", "1.5", "two weeks", "9999999"),
    "LINK_DAYS": ("0", "-1", "1.5", "half a year", "9999999"),
    "MAIL_TIMEOUT": ("0", "nan", "x"),
    "OPERATORS_EMAIL": ("a@b", "op1@x.kr,Kim, 운영 <op3@x.kr>", "a@x.kr;b@x.kr", "kim@x,kr"),
    "REPORT_RECIPIENTS": ("a@b", "a@x.kr, boss@office", "a@x.kr;b@x.kr", "kim"),
    "INTAKE_REQUIRE_LOGIN": ("perhaps",),
    "INTAKE_RATE_LIMIT": ("30 per minte", "30", "per minute", "0 per minute", "-3 per hour"),
    "API_RATE_LIMIT": ("lots", "600 per", "600 minute;", f"{10**20} per hour", "9 per 999 years"),
    "EMERGENCY_PHONE": ("1-", "1 -- 2", "call us", "119 or 112", "1", "tel:119"),
    "CORS_ORIGINS": ("*", "example.org", "https://h/", "HTTPS://h", "https://a;https://b", "https://h:443", "http://h:80",
        "https://h:99999", "https://..", "https://-h", "https://[::1:", "https://1.2.3"),
    "EMBED_ORIGINS": ("*", "example.org", "https://h/", "'self'", "https://a https://b"),
    "S3_BUCKET": ("10.0.0.7", "a..b", "s3://photos", "Photos", "a", "a_b", "photos/haja"),
    "VAPID_PRIVATE_KEY": ("x", "A" * 42, "A" * 43, "_" * 43, "A" * 44, "+" * 43, "é" * 43),
    "PUSH_ORIGINS": ("push.example.org", "https://push.example.org/push", "ftp://push.example.org"),
    "AWS_ENDPOINT_URL": (*ADDRESSES, "https://s3.example.org/?a=b", "https://me:pw@s3"),
    "AWS_ACCESS_KEY_ID": ("A B",),
    "AWS_SECRET_ACCESS_KEY": ("a b",),
    "AWS_REGION": ("---", "-a", "Seoul, Korea", "ap_northeast"),
    "CDN_URL": (*ADDRESSES, "https://cdn.example.org/?v=2", "https://me:pw@cdn", "https://h/?"),
    "DB_POOL_SIZE": ("0", "-1", "x", "100000"),
    "DB_MAX_OVERFLOW": ("-1", "x"),
    "DB_POOL_PRE_PING": ("maybe",),
    "DB_POOL_RECYCLE": ("0", "x"),
    "DB_SLOW_SECONDS": ("-1", "nan", "x"),
    "SENTRY_DSN": (*ADDRESSES, "https://sentry.example.org/1", "https://key@sentry.example.org"),
    "NEW_RELIC_LICENSE_KEY": ("x", "a b", "열쇠"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ADDRESSES,
    "GOOGLE_ANALYTICS_ID": ("UA-1234-5", "G-", "G-abc123", "G-AB'C123"),
    "MIXPANEL_TOKEN": ("a b", "short", "<script>"),
}  # fmt: skip


def _wrong_values() -> list[tuple[str, str]]:
    return [(name, value) for name, values in WRONG.items() for value in values or ()]


def test_every_setting_is_tried() -> None:
    assert {name.lower() for name in WRONG} == set(Settings.model_fields)


@pytest.mark.parametrize(("name", "value"), _wrong_values())
def test_a_wrong_value_is_named_with_a_right_one_and_not_shown(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        _read()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{name} ")
    right = example_of(Settings, name.lower())
    assert right in line or "make one with" in line
    assert len(value) < 6 or value not in line.replace(right, "")


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("PUBLIC_URL", "HTTPS://Haja.Example.org:8443/", "https://haja.example.org:8443"),
        ("PUBLIC_URL", "http://[2001:db8::1]:8000", "http://[2001:db8::1]:8000"),
        ("BIND", "::", "::"),
        ("DATABASE_URL", "postgresql:///haja?host=/run", "postgresql+psycopg2:///haja?host=/run"),
        ("DATABASE_URL", "postgres://u:p%23@[::1]/h", "postgresql+psycopg2://u:p%23@[::1]/h"),
        ("REDIS_URL", "rediss://:p%2Fw@cache_1:6379", "rediss://:p%2Fw@cache_1:6379"),
        ("CELERY_BROKER_URL", "amqp://u:p@h:5672//", "amqp://u:p@h:5672//"),
        ("OPENAI_API_KEY", "sk-1\n", "sk-1"),
        ("OPENAI_BASE_URL", "HTTP://AI:8126/v1/", "http://ai:8126/v1"),
        ("INTAKE_RATE_LIMIT", "5 per minute; 100/hour", "5 per minute; 100/hour"),
        ("EMERGENCY_PHONE", "02-123-4567", "02-123-4567"),
        ("MAIL_SERVER", "localhost", "localhost"),
    ],
)
def test_a_right_value_is_read(
    environment: pytest.MonkeyPatch, name: str, value: str, read: str
) -> None:
    environment.setenv(name, value)
    assert getattr(_read(), name.lower()) == read


@pytest.mark.parametrize(
    ("name", "set_"),
    [
        ("GATEWAY_TLS", {"GATEWAY_TLS": "auto", "PUBLIC_URL": "http://haja.example.org"}),
        ("LINK_DAYS", {"LINK_DAYS": "13"}),
        ("MAIL_USE_SSL", {"MAIL_USE_SSL": "1", "MAIL_USE_TLS": "1"}),
        ("MAIL_USERNAME", {"MAIL_PASSWORD": "x"}),
        (
            "MAIL_USE_TLS",
            {"MAIL_SERVER": "smtp.example.org", "MAIL_USERNAME": "u", "MAIL_PASSWORD": "x"},
        ),
        ("MAIL_USE_SSL", {"MAIL_PORT": "465"}),
        ("MAIL_DEFAULT_SENDER", {"MAIL_SERVER": "smtp.example.org"}),
        (
            "MAIL_DEFAULT_SENDER",
            {"MAIL_SERVER": "10.0.0.3", "MAIL_DEFAULT_SENDER": "haja@printer.local"},
        ),
        ("CDN_URL", {"CDN_URL": "http://cdn.example.org"}),
        ("AWS_SECRET_ACCESS_KEY", {"AWS_ACCESS_KEY_ID": "AKIA"}),
        ("FLOWER_BASIC_AUTH", {"FLOWER_BASIC_AUTH": "a:b"}),
        ("FLOWER_BASIC_AUTH", {"FLOWER_BASIC_AUTH": "flower:0123456789"}),
        ("HAJA_ADMIN_PASSWORD", {"HAJA_ADMIN_PASSWORD": "Password123!"}),
        ("PUBLIC_URL", {"PUBLIC_URL": ""}),
    ],
)
def test_what_does_not_fit_together_is_named(
    environment: pytest.MonkeyPatch, name: str, set_: dict[str, str]
) -> None:
    for one, value in set_.items():
        environment.setenv(one, value)
    with pytest.raises(SettingsError, match=name):
        _read()


def test_every_wrong_variable_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "x")
    environment.delenv("REDIS_URL")
    with pytest.raises(SettingsError) as caught:
        _read()
    assert "REDIS_URL is not set" in str(caught.value) and "PORT" in str(caught.value)


def test_an_empty_value_is_the_default(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "")
    environment.setenv("MAIL_USE_TLS", "")
    settings = _read()
    assert (settings.port, settings.mail_use_tls) == (8000, False)


@pytest.mark.parametrize(
    "secret",
    [
        "a" * 31,
        "가" * 10,
        "ab" * 40,
        "change-me-please-change-me-please",
        "CHANGE_ME_in_production_1234567890",
        "your-secret-key-goes-here-0123456789",
        "0123456789abcdef0123456789abcdef",
        "0123456789012345678901234567890123456789",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "k3j4h5k2b7v8k3j4h5k2b7v8k3j4h5k2",
        "00112233445566778899aabbccddeeff",
        "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6",
        "deadbeef" * 7 + "cafe",
        "9f86d081" * 2 + "x" + "9f86d081" * 3,
        "p9o8i7u6y5t4r3e2w1q0-a2s4d6f8g0h1",
        "My Super Secret Key of the Building 103",
    ],
)
def test_weak_secrets(secret: str) -> None:
    assert weakness(secret)


def test_made_secrets_are_strong() -> None:
    """What the launcher and the documentation make."""
    for _ in range(1000):
        assert not weakness(secrets.token_urlsafe(48))
        assert not weakness(secrets.token_hex(32))
        assert not weakness(secrets.token_urlsafe(15), at_least=10)


@pytest.mark.parametrize("name", ["OPERATORS_EMAIL", "REPORT_RECIPIENTS"])
@pytest.mark.parametrize("value", ["op1@x.kr,Kim, 운영 <op3@x.kr>", "a@x.kr;b@x.kr", "kim@x,kr"])
def test_a_list_of_addresses_is_judged_at_start(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        _read()
    assert str(caught.value).startswith(name)
    assert '"Kim, Minsu" <kim@example.com>' in str(caught.value)
    assert "x.kr" not in str(caught.value)


@pytest.mark.parametrize("name", ["MAIL_DEFAULT_SENDER", "MAIL_REPLY_TO"])
@pytest.mark.parametrize("value", ["haja", "a@x.kr, b@x.kr", "Kim, 운영 <op@x.kr>"])
def test_a_sender_is_one_address(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name} .*such as"):
        _read()


def test_a_name_with_a_comma_is_one_operator(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPERATORS_EMAIL", 'op1@x.kr,"Kim, 운영" <op3@x.kr>')
    found = [(mailbox.name, mailbox.address) for mailbox in _read().operator_mailboxes]
    assert found == [("", "op1@x.kr"), ("Kim, 운영", "op3@x.kr")]


def test_addresses_are_a_list(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REPORT_RECIPIENTS", " a@example.org, ,b@example.org,")
    found = [str(mailbox) for mailbox in _read().report_mailboxes]
    assert found == ["a@example.org", "b@example.org"]


@pytest.mark.parametrize("process", read_procfile(ROOT / "Procfile"))
def test_every_process_says_what_is_wrong_and_ends(process: str) -> None:
    """In a few lines: nobody searches a traceback for the name of a variable."""
    command = read_procfile(ROOT / "Procfile")[process]
    wrong = {"PUBLIC_URL": "example.org", "REDIS_URL": "redis://:to#p@h"}
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {command.partition(' && ')[0]}"],
        cwd=ROOT,
        check=False,
        env={**os.environ, **wrong},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode != 0
    assert "PUBLIC_URL must begin with http://" in done.stderr
    assert "Traceback" not in done.stderr and "to#p" not in done.stderr
