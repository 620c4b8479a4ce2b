"""Flower's settings: ``python -m worker flower --conf=config/flower.py``.

Flower shows every task and can shut workers down, so it does not start without FLOWER_BASIC_AUTH
(user:password). The password is not on the command line, which every user of the machine can read.
"""

from config.logging import configure_logging
from config.settings import get_settings

if ":" not in get_settings().flower_basic_auth.strip(":"):
    raise SystemExit("FLOWER_BASIC_AUTH is not set (user:password): Flower stays closed without it")

configure_logging(get_settings())

basic_auth = [get_settings().flower_basic_auth]
bind = get_settings().bind
address = "" if bind == "::" else bind  # Tornado's "::" is IPv6 alone
port = get_settings().flower_port
url_prefix = "flower"  # people reach it through the gateway
persistent = False
