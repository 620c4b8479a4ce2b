"""The environment as one frozen, typed object. Nothing else in Haja reads ``os.environ``."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.mailboxes import Mailbox, WrongMailbox, parse_mailbox, parse_mailboxes

WEAK_SECRETS = ("secret", "changeme", "change-me", "password", "example", "haja", "default")
MIN_SECRET_BYTES = 32  # RFC 7518, section 3.2: an HS256 key is at least as long as its hash

# As browsers send it (RFC 6454, section 6.2): lower case, no path, no default port.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")

_UPSTREAM = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}")


Kind = TypeVar("Kind", bound="AddressSettings")


class SettingsError(Exception):
    """The environment does not make a runnable Haja; the message has one line per variable."""


class AddressSettings(BaseSettings):
    """Where the processes are: no secret among them, all that the gateway needs."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    public_url: str = ""
    port: int = Field(default=8000, ge=1, le=65535)
    bind: str = "127.0.0.1"
    web_port: int = Field(default=8001, ge=1, le=65535)
    live_port: int = Field(default=8002, ge=1, le=65535)
    flower_port: int = Field(default=5555, ge=1, le=65535)
    web_upstreams: str = ""
    live_upstreams: str = ""
    flower_upstreams: str = ""
    gateway_tls: Literal["off", "auto", "internal"] | None = None
    trusted_proxies: int = Field(default=0, ge=0)
    haja_data_dir: Path = Path("var")

    @field_validator("haja_data_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("web_upstreams", "live_upstreams", "flower_upstreams")
    @classmethod
    def _only_upstreams(cls, names: str) -> str:
        for name in names.split():
            if not _UPSTREAM.fullmatch(name):
                raise ValueError(f"{name!r} is no host and port such as 10.0.0.7:8001")
        return names

    @property
    def base_url(self) -> str:
        """Where people reach Haja, without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def tls(self) -> Literal["off", "auto", "internal"]:
        """Who makes certificates: nobody (TLS ends before us, or nowhere), Let's Encrypt, or the
        gateway's own authority. Not set: who listens on 443 for https:// wants a real one."""
        own_host = self.port == 443 and self.public_url.startswith("https://")
        return self.gateway_tls or ("auto" if own_host else "off")


class Settings(AddressSettings):
    """Every setting, named as its environment variable in lower case.

    Empty variables count as not set, so that a copied ``.env.example`` means the defaults.
    """

    haja_env: Literal["development", "production"] = "development"
    secret_key: str
    jwt_secret_key: str
    database_url: str
    redis_url: str
    celery_broker_url: str = ""
    web_concurrency: int = Field(default=2, ge=1, le=64)
    web_threads: int = Field(default=32, ge=4, le=512)
    live_max_sockets: int = Field(default=5000, ge=1)
    flower_basic_auth: str = ""
    haja_timezone: str = "Asia/Seoul"
    haja_admin_email: str = ""
    haja_admin_password: str = ""

    openai_api_key: str = ""
    openai_base_url: str = ""
    openai_model: str = "gpt-5-mini"
    openai_cache_seconds: float = Field(default=7 * 86400.0, ge=0)
    openai_timeout: float = Field(default=20.0, gt=0)
    ai_concurrency: int = Field(default=64, ge=1, le=1000)

    triage_sure_from: float = Field(default=0.6, ge=0, le=1)

    mail_server: str = "127.0.0.1"
    mail_port: int = Field(default=1025, ge=1, le=65535)
    mail_username: str = ""
    mail_password: str = ""
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_default_sender: str = "Haja <haja@localhost>"
    mail_reply_to: str = ""
    mail_recipient_limit: int = Field(default=10, ge=1)
    mail_timeout: float = Field(default=20.0, gt=0)
    operators_email: str = ""
    report_recipients: str = ""

    intake_require_login: bool = False
    intake_rate_limit: str = "30 per minute"
    api_rate_limit: str = "600 per minute"
    emergency_phone: str = "119"
    cors_origins: str = ""

    s3_bucket: str = ""
    aws_endpoint_url: str = ""
    aws_access_key_id: str = ""
    aws_secret_access_key: str = ""
    aws_region: str = "ap-northeast-2"
    cdn_url: str = ""

    db_pool_size: int = Field(default=10, ge=1)
    db_max_overflow: int = Field(default=20, ge=0)
    db_pool_pre_ping: bool = True
    db_pool_recycle: int = Field(default=3600, ge=1)
    db_slow_seconds: float = Field(default=0.5, ge=0)

    sentry_dsn: str = ""
    new_relic_license_key: str = ""
    otel_exporter_otlp_endpoint: str = ""
    google_analytics_id: str = ""
    mixpanel_token: str = ""

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, url: str) -> str:
        """SQLAlchemy needs the driver in the scheme; hosting services hand out the bare one."""
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+psycopg2://" + url.removeprefix(scheme)
        if not url.startswith("postgresql+psycopg2://"):
            raise ValueError("must be a postgresql:// address")
        return url

    @field_validator("haja_timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except Exception as error:
            raise ValueError(f"{name!r} is no IANA time zone") from error
        return name

    @field_validator("cors_origins")
    @classmethod
    def _only_origins(cls, names: str) -> str:
        for name in _listed(names):
            if not _ORIGIN.fullmatch(name):
                raise ValueError(f"{name!r} is no origin such as https://dashboard.example.org")
        return names

    @field_validator("operators_email", "report_recipients")
    @classmethod
    def _only_mailboxes(cls, names: str) -> str:
        try:
            parse_mailboxes(names)
        except WrongMailbox as error:
            raise ValueError(_wrong_mailbox(error, f"op@example.com, {_NAMED}")) from None
        return names

    @field_validator("mail_default_sender", "mail_reply_to")
    @classmethod
    def _one_mailbox(cls, name: str) -> str:
        try:
            if name:
                parse_mailbox(name)
        except WrongMailbox as error:
            raise ValueError(_wrong_mailbox(error, _NAMED)) from None
        return name

    @model_validator(mode="after")
    def _production_needs_real_secrets(self) -> "Settings":
        if self.haja_env != "production":
            return self
        wrong = [
            f"{name} {reason}"
            for name, reason in (
                ("SECRET_KEY", weakness(self.secret_key)),
                ("JWT_SECRET_KEY", weakness(self.jwt_secret_key)),
            )
            if reason
        ]
        if self.secret_key == self.jwt_secret_key:
            wrong.append("JWT_SECRET_KEY must differ from SECRET_KEY")
        if not self.public_url:
            wrong.append("PUBLIC_URL is needed for the links in mails")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def production(self) -> bool:
        return self.haja_env == "production"

    @property
    def broker_url(self) -> str:
        return self.celery_broker_url or self.redis_url

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.haja_timezone)

    @property
    def sender(self) -> Mailbox:
        """Who the messages are from."""
        return parse_mailbox(self.mail_default_sender)

    @property
    def report_mailboxes(self) -> tuple[Mailbox, ...]:
        return parse_mailboxes(self.report_recipients)

    @property
    def operator_mailboxes(self) -> tuple[Mailbox, ...]:
        return parse_mailboxes(self.operators_email)

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins whose pages may call the API."""
        return frozenset(_listed(self.cors_origins))


_NAMED = '"Kim, Minsu" <kim@example.com>'


def _wrong_mailbox(error: WrongMailbox, example: str) -> str:
    return f"has a wrong mail address ({error}) Write it like this: {example}"


def _listed(names: str) -> list[str]:
    """Each once, in the order in which they stand there."""
    return list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))


def weakness(secret: str) -> str:
    """Why ``secret`` must not guard a production service, or an empty string."""
    if len(secret.encode()) < MIN_SECRET_BYTES:
        return f"must have at least {MIN_SECRET_BYTES} bytes"
    if len(set(secret)) < 10:
        return "repeats too few characters"
    if secret.strip().lower().strip("-_ 0123456789") in WEAK_SECRETS:
        return "is a well-known word"
    return ""


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the environment once.

    Raises:
        SettingsError: naming every variable that is missing or wrong, never its value.
    """
    return _read(Settings)


def read_addresses() -> AddressSettings:
    """The addresses alone, where the rest need not be set.

    Raises:
        SettingsError: naming every variable that is wrong.
    """
    return _read(AddressSettings)


def _read(kind: type[Kind]) -> Kind:
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError("\n".join(_line(item) for item in error.errors())) from None


def _line(item: "object") -> str:
    assert isinstance(item, dict)
    name = "_".join(str(part) for part in item["loc"]).upper()
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "missing":
        message = "is not set"
    return f"{name} {message}".strip() if name else message
