"""Settings from the environment: values that are refused, and no secrets in messages."""

import pytest

from config.settings import Settings, SettingsError, get_settings, weakness

GOOD = {
    "SECRET_KEY": "k3j4h5k2-b7v8c9x1-m4n6q8w2-z5t7r",
    "JWT_SECRET_KEY": "p9o8i7u6y5t4r3e2w1q0-a2s4d6f8g0h1",
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("PORT", "0"),
        ("PORT", "http"),
        ("HAJA_TIMEZONE", "Mars/Olympus"),
        ("HAJA_ENV", "staging"),
        ("MAIL_PORT", "70000"),
        ("TRUSTED_PROXIES", "-1"),
        ("INTAKE_REQUIRE_LOGIN", "perhaps"),
    ],
)
def test_a_wrong_value_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        _read()
    assert name in str(caught.value)


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


@pytest.mark.parametrize("secret", ["a" * 31, "가" * 10, "ab" * 40])
def test_weak_secrets(secret: str) -> None:
    assert weakness(secret)


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
    with pytest.raises(SettingsError, match=f"^{name} .*like this"):
        _read()


def test_a_name_with_a_comma_is_one_operator(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPERATORS_EMAIL", 'op1@x.kr,"Kim, 운영" <op3@x.kr>')
    found = [(mailbox.name, mailbox.address) for mailbox in _read().operator_mailboxes]
    assert found == [("", "op1@x.kr"), ("Kim, 운영", "op3@x.kr")]


def test_addresses_are_a_list(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REPORT_RECIPIENTS", " a@example.org, ,b@example.org,")
    found = [str(mailbox) for mailbox in _read().report_mailboxes]
    assert found == ["a@example.org", "b@example.org"]
