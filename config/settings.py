"""The environment as one frozen, typed object. Nothing else in Haja reads ``os.environ``.

Each setting is judged when a process starts. A message names the variable and a right example, never
the value, which may be a secret.
"""

from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config import setting_types as kinds
from config.mailboxes import Mailbox, parse_mailbox, parse_mailboxes
from config.secret_strength import MIN_PASSWORD_LENGTH, weakness

_DAY = 86400  # seconds
_SMTPS = 465  # RFC 8314, section 3.3
_PRIVATE = ("localhost", "local", "localdomain", "internal", "invalid", "test")
_COMMAND = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
_RANDOM = f"the output of {_COMMAND}"
_NAMED = '"Kim, Minsu" <kim@example.com>'

Kind = TypeVar("Kind", bound="AddressSettings")


class SettingsError(Exception):
    """The environment does not make a runnable Haja; the message has one line per variable."""


def _shown(example: str) -> Any:
    """Not set by default; ``example`` is for messages."""
    return Field(default="", examples=[example])


class AddressSettings(BaseSettings):
    """Where the processes are: no secret among them, all that the gateway needs."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_ignore_empty=True,
        extra="ignore",
        str_strip_whitespace=True,  # a secret read from a file ends with a new line
        hide_input_in_errors=True,
        validate_default=False,  # empty means not set
    )

    public_url: kinds.SiteUrl = _shown("https://haja.example.org")
    port: kinds.Port = 8000
    bind: kinds.BindAddress = "127.0.0.1"
    web_port: kinds.Port = 8001
    live_port: kinds.Port = 8002
    flower_port: kinds.Port = 5555
    web_upstreams: kinds.Upstreams = _shown("10.0.0.7:8001 10.0.0.8:8001")
    live_upstreams: kinds.Upstreams = _shown("10.0.0.7:8002")
    flower_upstreams: kinds.Upstreams = _shown("10.0.0.7:5555")
    gateway_tls: Literal["off", "auto", "internal"] | None = Field(default=None, examples=["auto"])
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    haja_data_dir: kinds.Folder = Field(default="var", validate_default=True)
    log_file: kinds.LogPath | None = Field(default=None, examples=["/var/log/haja/haja.log"])

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if wrong := self._misfits():
            raise ValueError("\n".join(wrong))
        return self

    def _misfits(self) -> list[str]:
        """What is wrong with settings that are right one by one; each names its variable."""
        if self.gateway_tls in ("auto", "internal") and not self.public_url.startswith("https://"):
            return ["GATEWAY_TLS needs PUBLIC_URL to be https://, such as https://haja.example.org"]
        return []

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
    secret_key: str = Field(examples=[_RANDOM])
    jwt_secret_key: str = Field(examples=[_RANDOM])
    database_url: kinds.DatabaseUrl = Field(examples=["postgresql://user:password@host:5432/haja"])
    redis_url: kinds.RedisUrl = Field(examples=["redis://:password@host:6379/0"])
    redis_ca: kinds.Certificates | None = Field(default=None, examples=["/etc/ssl/redis-ca.pem"])
    celery_broker_url: kinds.BrokerUrl = _shown("amqp://user:password@host:5672/haja")
    web_concurrency: int = Field(default=2, ge=1, le=64)
    web_threads: int = Field(default=32, ge=4, le=512)
    live_max_sockets: int = Field(default=5000, ge=1, le=1_000_000)
    flower_basic_auth: kinds.Login = _shown("ops:" + _RANDOM)
    haja_timezone: kinds.Timezone = "Asia/Seoul"
    haja_admin_email: kinds.Address = _shown("admin@example.org")
    haja_admin_password: str = _shown(f"at least {MIN_PASSWORD_LENGTH} characters")

    openai_api_key: kinds.Word = _shown("sk-...")
    openai_base_url: kinds.HttpUrl = _shown("https://api.openai.com/v1")
    openai_model: kinds.Word = "gpt-5-mini"
    openai_cache_seconds: float = Field(
        default=7.0 * _DAY, ge=0, le=3660 * _DAY, allow_inf_nan=False
    )
    openai_timeout: kinds.Seconds = 20.0
    ai_concurrency: int = Field(default=64, ge=1, le=1000)

    triage_sure_from: float = Field(default=0.6, ge=0, le=1, allow_inf_nan=False)

    mail_server: kinds.Host = "127.0.0.1"
    mail_port: kinds.Port = 1025
    mail_username: kinds.Text = _shown("haja@example.org")
    mail_password: str = _shown("the mail server's password")
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_default_sender: kinds.Mailbox = "Haja <haja@localhost>"
    mail_reply_to: kinds.Mailbox = _shown(_NAMED)
    mail_recipient_limit: int = Field(default=10, ge=1, le=10_000)
    mail_timeout: kinds.Seconds = 20.0
    operators_email: kinds.Mailboxes = _shown(f"op@example.com, {_NAMED}")
    report_recipients: kinds.Mailboxes = _shown(f"op@example.com, {_NAMED}")

    intake_require_login: bool = False
    reopen_days: int = Field(default=14, ge=0, le=3650)
    link_days: int = Field(default=180, ge=1, le=3650)
    intake_rate_limit: kinds.Rate = "30 per minute"
    api_rate_limit: kinds.Rate = "600 per minute"
    emergency_phone: kinds.Telephone = "119"
    cors_origins: kinds.Origins = _shown("https://dashboard.example.org,http://localhost:3000")
    embed_origins: kinds.Origins = _shown("https://building.example.org")

    vapid_private_key: kinds.VapidKey = _shown("32 random bytes in base64url")
    push_origins: kinds.Origins = _shown("https://push.example.org")

    s3_bucket: kinds.Bucket = _shown("haja-photos")
    aws_endpoint_url: kinds.BaseUrl = _shown("https://s3.example.org")
    aws_access_key_id: kinds.Word = _shown("AKIA...")
    aws_secret_access_key: kinds.Word = _shown("the key's secret")
    aws_region: kinds.Region = "ap-northeast-2"
    cdn_url: kinds.BaseUrl = _shown("https://cdn.example.org")

    db_pool_size: int = Field(default=10, ge=1, le=1000)
    db_max_overflow: int = Field(default=20, ge=0, le=1000)
    db_pool_pre_ping: bool = True
    db_pool_recycle: int = Field(default=3600, ge=1, le=30 * _DAY)
    db_slow_seconds: float = Field(default=0.5, ge=0, le=3600, allow_inf_nan=False)

    sentry_dsn: kinds.SentryDsn = _shown("https://key@sentry.example.org/1")
    new_relic_license_key: kinds.NewRelicKey = _shown("40 letters and digits")
    otel_exporter_otlp_endpoint: kinds.HttpUrl = _shown("http://collector:4318")
    google_analytics_id: kinds.GoogleAnalyticsId = _shown("G-ABC123DEF4")
    mixpanel_token: kinds.Token = _shown("32 letters and digits")

    def _misfits(self) -> list[str]:
        wrong = super()._misfits()
        if self.mail_use_tls and self.mail_use_ssl:
            wrong.append("MAIL_USE_SSL and MAIL_USE_TLS exclude each other: 465 is SSL, 587 is TLS")
        if self.mail_password and not self.mail_username:
            wrong.append("MAIL_USERNAME is needed with MAIL_PASSWORD")
        if bool(self.aws_access_key_id) != bool(self.aws_secret_access_key):
            wrong.append("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY need each other")
        if self.cdn_url.startswith("http://") and self.public_url.startswith("https://"):
            wrong.append("CDN_URL must be https:// as PUBLIC_URL is: browsers load nothing else")
        if self.mail_port == _SMTPS and not self.mail_use_ssl:
            wrong.append("MAIL_USE_SSL=1 is needed for MAIL_PORT 465")
        if self.link_days < self.reopen_days:
            wrong.append("LINK_DAYS must not be less than REOPEN_DAYS: who reopens needs the link")
        if self.embed_origins and self.intake_require_login:
            wrong.append(
                "EMBED_ORIGINS and INTAKE_REQUIRE_LOGIN exclude each other: no login there"
            )
        return wrong + (self._weak_spots() if self.production else [])

    def _weak_spots(self) -> list[str]:
        """What development may do and production must not."""
        reasons = {
            "SECRET_KEY": weakness(self.secret_key),
            "JWT_SECRET_KEY": weakness(self.jwt_secret_key),
        }
        for name, password in (
            ("FLOWER_BASIC_AUTH", self.flower_basic_auth.partition(":")[2]),
            ("HAJA_ADMIN_PASSWORD", self.haja_admin_password),
        ):
            if password:
                reasons[name] = weakness(password, at_least=MIN_PASSWORD_LENGTH)
        wrong = [
            f"{name} {reason}; make one with {_COMMAND}"
            for name, reason in reasons.items()
            if reason
        ]
        if self.secret_key == self.jwt_secret_key:
            wrong.append("JWT_SECRET_KEY must differ from SECRET_KEY")
        if not self.public_url:
            wrong.append("PUBLIC_URL is needed for the links in mails: https://haja.example.org")
        encrypted = self.mail_use_tls or self.mail_use_ssl
        if self.mail_password and not encrypted and not _is_here(self.mail_server):
            wrong.append(
                "MAIL_USE_TLS=1 (or MAIL_USE_SSL=1) is needed: MAIL_PASSWORD would be readable"
            )
        if not _is_here(self.mail_server) and not _is_public(self.sender.address):
            wrong.append(
                "MAIL_DEFAULT_SENDER must be an address of yours, such as Haja <haja@example.org>: "
                "other servers refuse one without a domain"
            )
        return wrong

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
        return frozenset(kinds.listed(self.cors_origins))

    @property
    def push_service_origins(self) -> frozenset[str]:
        """Push services beside those of the known browsers."""
        return frozenset(kinds.listed(self.push_origins))

    @property
    def framing_origins(self) -> list[str]:
        """Origins whose pages may show the form in a frame."""
        return kinds.listed(self.embed_origins)


def _is_public(address: str) -> bool:
    """Whether its domain is one that others can know (RFC 6761, RFC 6762)."""
    domain = address.rpartition("@")[2].lower()
    return "." in domain and domain.rpartition(".")[2] not in _PRIVATE


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the environment once.

    Raises:
        SettingsError: naming every variable that is missing or wrong, never its value.
    """
    return _read(Settings)


def start_settings() -> Settings:
    """The settings, for the first line of a process.

    Raises:
        SystemExit: with one line for each wrong variable, instead of a traceback.
    """
    try:
        return get_settings()
    except SettingsError as error:
        raise SystemExit(f"haja: wrong settings\n{error}") from None


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
        raise SettingsError("\n".join(_line(kind, item) for item in error.errors())) from None


def _line(kind: type[AddressSettings], item: Any) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    if not item["loc"]:
        return message  # of several variables, which it names
    field = str(item["loc"][0])
    if item["type"] == "missing":
        message = "is not set"
    elif item["type"] != "value_error":
        message = "is wrong: " + message.removeprefix("Input ")
    return f"{field.upper()} {message} (such as {example_of(kind, field)})"


def example_of(kind: type[AddressSettings], field: str) -> str:
    """A right value, for messages."""
    declared = kind.model_fields[field]
    return str(declared.examples[0] if declared.examples else declared.default)
