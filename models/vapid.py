"""The keys of messages to browsers: our own (VAPID, RFC 8292), and those that browsers give."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()  # P-256, RFC 8292, section 3.2, and RFC 8291, section 3.1
_AUTH_BYTES = 16  # RFC 8291, section 3.2


@lru_cache(maxsize=4)
def public_key(private_key: str) -> str:
    """The key that a browser wants to subscribe with (``applicationServerKey``), in base64url, of
    a private one that the settings have checked."""
    private = ec.derive_private_key(int.from_bytes(_decode(private_key)), _CURVE)
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")


def is_public_key(text: str) -> bool:
    """Whether it is a point on the curve, uncompressed and in base64url."""
    try:
        point = _decode(text)
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError:
        return False
    return len(point) == 65


def is_auth_secret(text: str) -> bool:
    """Whether it is a secret of the right length in base64url."""
    try:
        return len(_decode(text)) == _AUTH_BYTES
    except ValueError:
        return False


def _decode(text: str) -> bytes:
    """Raises ValueError: no base64url (RFC 4648, section 5), with or without its padding."""
    bare = text.rstrip("=")
    if set(bare) & set("+/"):
        raise ValueError("base64, not base64url")
    try:
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except Base64Error:
        raise ValueError("no base64url") from None
