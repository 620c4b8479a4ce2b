"""``python -m gateway``: become Caddy, told by the settings where the other processes are."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from config.log_file import KEPT_FILES, MAX_BYTES
from config.networks import reachable_host
from config.settings import AddressSettings, SettingsError, read_addresses
from config.static_files import STATIC_FOLDER, static_version
from gateway.caddy import CaddyError, find_caddy

FOLDER = Path(__file__).parent
# Strict: who calls is the last address that is no proxy's, and not the first, which callers make up.
_TRUST = "trusted_proxies static private_ranges\n\t\ttrusted_proxies_strict"


def main() -> None:
    """Raises:
    SystemExit: something is missing or wrong, as the message says.
    """
    try:
        program = find_caddy()
        environment = os.environ | caddy_environment(read_addresses())
    except (CaddyError, SettingsError) as error:
        raise SystemExit(f"haja: the gateway cannot start\n{error}") from None
    command = [program, "run", "--adapter", "caddyfile", "--config", str(FOLDER / "Caddyfile")]
    os.execve(program, command, environment)


def caddy_environment(settings: AddressSettings) -> dict[str, str]:
    """What stands in ``{$...}`` of the Caddyfile."""
    host = reachable_host(settings.bind)
    return {
        "GATEWAY_STORAGE": str(settings.haja_data_dir / "gateway"),
        "GATEWAY_HTTPS": _https_options(settings),
        "GATEWAY_TRUST": _TRUST * bool(settings.trusted_proxies),
        "GATEWAY_SITE": _site(settings),
        "GATEWAY_LOG_FILE": _log_file(settings.log_file),
        "GATEWAY_TLS": "tls internal" if settings.tls == "internal" else "",
        "GATEWAY_FOLDER": str(FOLDER),
        "GATEWAY_STATIC_FOLDER": str(STATIC_FOLDER),
        "GATEWAY_STATIC_VERSION": static_version(),
        "WEB_UPSTREAMS": settings.web_upstreams or f"{host}:{settings.web_port}",
        "LIVE_UPSTREAMS": settings.live_upstreams or f"{host}:{settings.live_port}",
        "FLOWER_UPSTREAMS": settings.flower_upstreams or f"{host}:{settings.flower_port}",
    }


def _site(settings: AddressSettings) -> str:
    if settings.tls == "off":
        return f"http://:{settings.port}"  # every address of this host, IPv6 too
    return f"https://{urlsplit(settings.public_url).hostname}:{settings.port}"


def _log_file(path: Path | None) -> str:
    """What it writes to a file too: one beside the others' file, because Caddy turns its own over."""
    if path is None:
        return ""
    name = path.with_name(f"{path.stem}.gateway{path.suffix}")
    return (
        f'log file {{\n\t\toutput file "{name}" {{\n\t\t\troll_size {MAX_BYTES}B\n'
        f"\t\t\troll_keep {KEPT_FILES}\n\t\t\tmode 0600\n\t\t}}\n\t\timport said\n\t}}"
    )


def _https_options(settings: AddressSettings) -> str:
    if settings.tls == "off":
        return "auto_https off"
    options = [f"https_port {settings.port}", "skip_install_trust"]
    if settings.port != 443:
        options.append("auto_https disable_redirects")  # port 80 belongs to somebody else
    return "\n\t".join(options)


if __name__ == "__main__":
    main()
