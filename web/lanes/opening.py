"""Putting the lanes before an application."""

from flask import Flask, request
from sqlalchemy import Engine

from config.front_door.calls import FAILED, LANES
from config.settings import Settings
from web.lanes.listing import ListingLane
from web.lanes.proxies import LaneBehindProxies, behind_proxies
from web.lanes.submitting import SubmittingLane
from web.limits import quotas


def open_lanes(app: Flask, engine: Engine, settings: Settings) -> None:
    """After all else that stands before ``app``'s views: what comes from a lane goes through it."""
    submitting = SubmittingLane(app.wsgi_app, engine, quotas)
    listing = ListingLane(app, engine, quotas)
    app.extensions["haja.submitting"], app.extensions["haja.listing"] = submitting, listing
    proxies = settings.trusted_proxies
    app.extensions[LANES] = [LaneBehindProxies(lane, proxies) for lane in (submitting, listing)]
    app.wsgi_app = behind_proxies(submitting, proxies)  # type: ignore[method-assign, assignment]
    app.before_request(_tell_what_went_wrong)


def _tell_what_went_wrong() -> None:
    """A lane has tried already: once more would take as long, or do it twice."""
    if error := request.environ.get(FAILED):
        raise error
