"""What a browser says to be told of news: its push subscription (W3C Push API, section 8)."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StrictStr
from pydantic_core import PydanticCustomError

from config.settings import get_settings
from models.push_endpoint import MOST_CHARACTERS, is_push_endpoint
from models.vapid import is_auth_secret, is_public_key
from models.words import Language
from web.schemas import Incoming


def _known_service(endpoint: str) -> str:
    if not is_push_endpoint(endpoint, get_settings().push_service_origins):
        raise PydanticCustomError("push_service", "no push service that is known")
    return endpoint


def _public_key(text: str) -> str:
    if not is_public_key(text):
        raise PydanticCustomError("push_key", "no key")
    return text


def _auth_secret(text: str) -> str:
    if not is_auth_secret(text):
        raise PydanticCustomError("push_key", "no key")
    return text


class PushKeysIn(Incoming):
    """``PushSubscription.getKey()``, in base64url."""

    p256dh: Annotated[StrictStr, Field(max_length=100), AfterValidator(_public_key)]
    auth: Annotated[StrictStr, Field(max_length=40), AfterValidator(_auth_secret)]


class PushSubscriptionIn(Incoming):
    """``PushSubscription.toJSON()``. ``language`` is of a requester's messages; operators have theirs
    in the account."""

    endpoint: Annotated[
        StrictStr, Field(max_length=MOST_CHARACTERS), AfterValidator(_known_service)
    ]
    keys: PushKeysIn
    language: Language | None = None


class PushSubscriptionOut(BaseModel):
    """``id`` names the subscription to whoever knows its endpoint: the SHA-256 of it, in hex."""

    id: str
