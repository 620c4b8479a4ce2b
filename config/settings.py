"""The environment as one frozen, typed object. Nothing else in Haja reads ``os.environ``.

Each setting is judged when a process starts. A message names the variable and a right example, never
the value, which may be a secret.
"""

import re
import ssl
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from limits import parse_many
from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.secret_strength import MIN_PASSWORD_LENGTH, weakness
from config.service_urls import (
    http_url,
    is_host,
    is_host_and_port,
    read_broker_url,
    read_database_url,
    read_redis_url,
    site_url,
)

# As browsers send it (RFC 6454, section 6.2): lower case, no path, no default port.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
_DAY = 86400  # seconds

_COMMAND = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
_RANDOM = f"the output of {_COMMAND}"

Kind = TypeVar("Kind", bound="AddressSettings")


def _host(name: str) -> str:
    if not is_host(name):
        raise ValueError("is no host name or IP address")
    return name


def _bindable(name: str) -> str:
    if name != "localhost":
        try:
            ip_address(name)
        except ValueError:
            raise ValueError("is no IP address of this machine") from None
    return name


def _upstreams(names: str) -> str:
    if not all(is_host_and_port(name) for name in names.split()):
        raise ValueError("must be one or more host:port, separated by spaces")
    return names


def _folder(path: Path) -> Path:
    path = path.expanduser().absolute()
    above = next(one for one in (path, *path.parents) if one.exists())
    if not above.is_dir():
        raise ValueError("is no folder, and none can be made there")
    return path


def _certificates(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path.expanduser())
    except (OSError, ssl.SSLError):
        raise ValueError("is no readable file of certificates (PEM)") from None
    return path.expanduser().absolute()


def _rate(text: str) -> str:
    try:
        rates = parse_many(text)
    except ValueError:
        raise ValueError("is no number of calls for a period") from None
    if any(rate.amount < 1 for rate in rates):
        raise ValueError("allows no call at all")
    return text


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except Exception as error:
        raise ValueError("is no IANA time zone") from error
    return name


def _origins(names: str) -> str:
    if not all(_ORIGIN.fullmatch(name) for name in _listed(names)):
        raise ValueError("must be origins as browsers name them, separated by commas")
    return names


def _login(text: str) -> str:
    user, separator, password = text.partition(":")
    if not (user and separator and password):
        raise ValueError("must be user:password")
    return text


def _sentry(url: str) -> str:
    address = http_url(url)
    if not re.fullmatch(r"https?://[^@/]+@[^/]+(?:/[^/]+)*/\d+", address):
        raise ValueError(
            "is no DSN: it has a key before the host and a project's number at the end"
        )
    return address


# A text whose wrong values can be told by their form alone.
def _like(pattern: str, why: str) -> AfterValidator:
    form = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(why)
        return text

    return AfterValidator(check)


Text = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=1000)]
Host = Annotated[str, AfterValidator(_host)]
BindAddress = Annotated[str, AfterValidator(_bindable)]
Upstreams = Annotated[str, AfterValidator(_upstreams)]
Folder = Annotated[Path, AfterValidator(_folder)]
Rate = Annotated[str, AfterValidator(_rate)]
HttpUrl = Annotated[str, AfterValidator(http_url)]
Word = Annotated[str, _like(r"[\x21-\x7e]{1,1000}", "must be printable ASCII without spaces")]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]


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

    public_url: Annotated[str, AfterValidator(site_url)] = _shown("https://haja.example.org")
    port: Port = 8000
    bind: BindAddress = "127.0.0.1"
    web_port: Port = 8001
    live_port: Port = 8002
    flower_port: Port = 5555
    web_upstreams: Upstreams = _shown("10.0.0.7:8001 10.0.0.8:8001")
    live_upstreams: Upstreams = _shown("10.0.0.7:8002")
    flower_upstreams: Upstreams = _shown("10.0.0.7:5555")
    gateway_tls: Literal["off", "auto", "internal"] | None = Field(default=None, examples=["auto"])
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    haja_data_dir: Folder = Field(default=Path("var"), validate_default=True)

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
    database_url: Annotated[str, AfterValidator(read_database_url)] = Field(
        examples=["postgresql://user:password@host:5432/haja"]
    )
    redis_url: Annotated[str, AfterValidator(read_redis_url)] = Field(
        examples=["redis://:password@host:6379/0"]
    )
    redis_ca: Annotated[Path, AfterValidator(_certificates)] | None = Field(
        default=None, examples=["/etc/ssl/redis-ca.pem"]
    )
    celery_broker_url: Annotated[str, AfterValidator(read_broker_url)] = _shown(
        "amqp://user:password@host:5672/haja"
    )
    web_concurrency: int = Field(default=2, ge=1, le=64)
    web_threads: int = Field(default=32, ge=4, le=512)
    live_max_sockets: int = Field(default=5000, ge=1, le=1_000_000)
    flower_basic_auth: Annotated[str, AfterValidator(_login)] = _shown("ops:" + _RANDOM)
    haja_timezone: Annotated[str, AfterValidator(_timezone)] = "Asia/Seoul"
    haja_admin_email: Text = _shown("admin@example.org")
    haja_admin_password: str = _shown(f"at least {MIN_PASSWORD_LENGTH} characters")

    openai_api_key: Word = _shown("sk-...")
    openai_base_url: HttpUrl = _shown("https://api.openai.com/v1")
    openai_model: Word = "gpt-5-mini"
    openai_cache_seconds: float = Field(
        default=7.0 * _DAY, ge=0, le=3660 * _DAY, allow_inf_nan=False
    )
    openai_timeout: Seconds = 20.0
    ai_concurrency: int = Field(default=64, ge=1, le=1000)

    triage_sure_from: float = Field(default=0.6, ge=0, le=1, allow_inf_nan=False)

    mail_server: Host = "127.0.0.1"
    mail_port: Port = 1025
    mail_username: Text = _shown("haja@example.org")
    mail_password: str = _shown("the mail server's password")
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_default_sender: str = "Haja <haja@localhost>"
    mail_timeout: Seconds = 20.0
    operators_email: str = ""
    report_recipients: str = ""

    intake_require_login: bool = False
    intake_rate_limit: Rate = "30 per minute"
    api_rate_limit: Rate = "600 per minute"
    emergency_phone: Annotated[
        str, _like(r"\+?\d[\d -]{1,18}", "is no telephone number that can be dialled")
    ] = "119"
    cors_origins: Annotated[str, AfterValidator(_origins)] = _shown(
        "https://dashboard.example.org,http://localhost:3000"
    )

    s3_bucket: Annotated[
        str,
        _like(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "is no bucket's name (3 to 63 of a-z 0-9 . -)"),
    ] = _shown("haja-photos")
    aws_endpoint_url: HttpUrl = _shown("https://s3.example.org")
    aws_access_key_id: Word = _shown("AKIA...")
    aws_secret_access_key: Word = _shown("the key's secret")
    aws_region: Annotated[str, _like(r"[a-z0-9-]{1,40}", "is no region")] = "ap-northeast-2"
    cdn_url: HttpUrl = _shown("https://cdn.example.org")

    db_pool_size: int = Field(default=10, ge=1, le=1000)
    db_max_overflow: int = Field(default=20, ge=0, le=1000)
    db_pool_pre_ping: bool = True
    db_pool_recycle: int = Field(default=3600, ge=1, le=30 * _DAY)
    db_slow_seconds: float = Field(default=0.5, ge=0, le=3600, allow_inf_nan=False)

    sentry_dsn: Annotated[str, AfterValidator(_sentry)] = _shown("https://key@sentry.example.org/1")
    new_relic_license_key: Word = _shown("40 letters and digits")
    otel_exporter_otlp_endpoint: HttpUrl = _shown("http://collector:4318")
    google_analytics_id: Annotated[
        str, _like(r"G-[A-Z0-9]{4,20}", "is no Google Analytics 4 id")
    ] = _shown("G-ABC123DEF4")
    mixpanel_token: Annotated[str, _like(r"[A-Za-z0-9]{8,64}", "is no project token")] = _shown(
        "32 letters and digits"
    )

    def _misfits(self) -> list[str]:
        wrong = super()._misfits()
        if self.mail_use_tls and self.mail_use_ssl:
            wrong.append("MAIL_USE_SSL and MAIL_USE_TLS exclude each other: 465 is SSL, 587 is TLS")
        if self.mail_password and not self.mail_username:
            wrong.append("MAIL_USERNAME is needed with MAIL_PASSWORD")
        if bool(self.aws_access_key_id) != bool(self.aws_secret_access_key):
            wrong.append("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY need each other")
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
    def report_addresses(self) -> list[str]:
        return _listed(self.report_recipients)

    @property
    def operator_addresses(self) -> list[str]:
        return _listed(self.operators_email)

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins whose pages may call the API."""
        return frozenset(_listed(self.cors_origins))


def _listed(names: str) -> list[str]:
    """Each once, in the order in which they stand there."""
    return list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))


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
