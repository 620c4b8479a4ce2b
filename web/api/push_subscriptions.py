"""Browsers that want to be told: an operator's, or a requester's for the one request of the link."""

from flask import Blueprint, Response, request

from models.errors import NotFound
from models.push_endpoint import is_endpoint_key
from models.queries.requests import find_by_reference
from models.services.push_runs import is_push_on
from models.services.push_subscriptions import Browser, Owner, subscribe, unsubscribe
from web.http.answers import json_response
from web.http.auth import require_access_to, shown_link
from web.http.database import db, transaction
from web.http.language import current_language
from web.http.parameters import takes
from web.http.parsing import parse_body
from web.http.user_agent import short_name
from web.push_schemas import PushSubscriptionIn, PushSubscriptionOut

bp = Blueprint("push_subscriptions", __name__)


@bp.post("/api/push-subscriptions")
@takes("token")
def add_subscription() -> Response:
    """Tell this browser from now on; again, to renew it.

    Raises:
        NotFound: this service sends no such messages.
    """
    owner = _owner()
    given = parse_body(PushSubscriptionIn)
    browser = Browser(
        endpoint=given.endpoint,
        p256dh=given.keys.p256dh,
        auth=given.keys.auth,
        language=given.language or current_language(),
        user_agent=short_name(request.user_agent.string),
    )
    with transaction() as session:
        key = subscribe(session, browser, owner)
    headers = {"Location": f"/api/push-subscriptions/{key}"}
    return json_response(PushSubscriptionOut(id=key).model_dump(), 201, headers)


@bp.delete("/api/push-subscriptions/<key>")
@takes("token")
def end_subscription(key: str) -> Response:
    """Tell this browser no more; harmless if it is not told.

    Raises:
        NotFound: ``key`` can be no browser's.
    """
    owner = _owner()
    if not is_endpoint_key(key):
        raise NotFound
    with transaction() as session:
        unsubscribe(session, key, owner)
    return Response(status=204)


def _owner() -> Owner:
    """Whose browser it is; the token of a link comes first.

    Raises:
        NotFound, NotAuthenticated, Forbidden, LinkExpired, LinkRevoked
    """
    link = shown_link()
    found = find_by_reference(db.session(), link.reference) if link else None
    user = require_access_to(found)
    if not is_push_on():
        raise NotFound
    if user is not None:
        return Owner(user_id=user.id)
    if found is None:
        raise NotFound
    return Owner(request_id=found.id, link_version=found.link_version)
