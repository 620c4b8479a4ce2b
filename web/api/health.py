"""Alive, ready, and numbers for Prometheus."""

import time
from typing import Any

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config.queues import QUEUES
from models.queries.health import LastHeartbeat, count_steps, list_heartbeats
from models.services.counters import read_counters
from web.http.answers import json_response
from web.http.database import db

bp = Blueprint("health", __name__)

OK, DEGRADED, DOWN = "ok", "degraded", "down"


@bp.get("/healthz")
def healthz() -> Response:
    """This process answers; touches nothing else."""
    return json_response({"status": OK}, headers={"Cache-Control": "no-store"})


@bp.get("/readyz")
def readyz() -> Response:
    """Each part with its state and age in seconds.

    200 while requests can be taken in, ``degraded`` if something behind the intake does not work;
    503 only without the database.
    """
    started = time.perf_counter()
    try:
        session = db.session()
        session.execute(text("SELECT 1"))
        beats = list_heartbeats(session)
        work = count_steps(session)
    except SQLAlchemyError:
        parts: dict[str, Any] = {"database": {"state": DOWN, "age": 0.0}}
        return _ready_response(DOWN, parts, 503)
    took = round(time.perf_counter() - started, 4)
    parts = {"database": {"state": OK, "age": 0.0, "seconds": took}, **_parts(beats)}
    parts["work"] = {
        "state": DEGRADED if work.dead or work.unknown else OK,
        "age": round(work.oldest_seconds or 0.0, 1),
        "unfinished": work.unfinished,
        "dead": work.dead,
        "unknown": work.unknown,
    }
    states = {part["state"] for name, part in parts.items() if name != "work"}
    return _ready_response(OK if states == {OK} else DEGRADED, parts, 200)


def _ready_response(status: str, parts: dict[str, Any], code: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    if code == 503:
        headers["Retry-After"] = "5"
    return json_response({"status": status, "parts": parts}, code, headers)


def _parts(beats: list[LastHeartbeat]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for name in ("dispatcher", "beat"):
        parts[name] = _newest([beat for beat in beats if beat.part == name])
    parts["broker"] = _broker([beat for beat in beats if beat.part == "dispatcher"])
    workers = [beat for beat in beats if beat.part == "worker"]
    by_queue = {queue: _newest([w for w in workers if _serves(w, queue)]) for queue in QUEUES}
    parts["workers"] = {
        "state": OK if all(one["state"] == OK for one in by_queue.values()) else DOWN,
        "age": max((one["age"] or 0.0) for one in by_queue.values()),
        "queues": by_queue,
    }
    parts["live"] = _live([beat for beat in beats if beat.part == "live"])
    for name in ("mail", "storage"):
        parts[name] = _port([beat for beat in beats if beat.part == name])
    return parts


def _serves(worker: LastHeartbeat, queue: str) -> bool:
    queues = worker.detail.get("queues")
    return isinstance(queues, list) and queue in queues


def _newest(beats: list[LastHeartbeat]) -> dict[str, Any]:
    newest = _newest_of(beats)
    if newest is None:
        return {"state": DOWN, "age": None}
    return {"state": OK if newest.is_fresh else DOWN, "age": round(newest.age, 1)}


def _newest_of(beats: list[LastHeartbeat]) -> LastHeartbeat | None:
    """One from the future (the clock was put back) tells nothing: it counts only if there is no other."""
    return min(beats, key=lambda beat: (beat.is_from_the_future, beat.age), default=None)


def _broker(dispatchers: list[LastHeartbeat]) -> dict[str, Any]:
    """The dispatcher is the one who talks to the broker, so it is the one who knows."""
    part = _newest(dispatchers)
    if part["state"] == OK:
        newest = _newest_of(dispatchers)
        part["state"] = OK if newest and newest.detail.get("broker") == "up" else DOWN
    return part


def _live(processes: list[LastHeartbeat]) -> dict[str, Any]:
    """With the open sockets of all processes together."""
    counts = (beat.detail.get("sockets") for beat in processes if beat.is_fresh)
    return _newest(processes) | {"sockets": sum(n for n in counts if isinstance(n, int))}


def _port(beats: list[LastHeartbeat]) -> dict[str, Any]:
    """Mail and storage are tried now and then by the workers that use them."""
    part = _newest(beats)
    if part["state"] == OK:
        newest = _newest_of(beats)
        part["state"] = str(newest.detail.get("state", OK)) if newest else DOWN
        if newest and (reason := newest.detail.get("error")):
            part["reason"] = str(reason)
    return part


@bp.get("/metrics")
def metrics() -> Response:
    """What an alarm needs: unfinished, dead and unknown work, and the age of each part."""
    registry = CollectorRegistry()
    session = db.session()
    work = count_steps(session)
    steps = Gauge("haja_steps", "Steps in the ledger by state", ["state"], registry=registry)
    steps.labels("unfinished").set(work.unfinished)
    steps.labels("dead").set(work.dead)
    steps.labels("unknown").set(work.unknown)
    counts = Gauge("haja_count", "What happened since the start", ["name"], registry=registry)
    for name, n in read_counters(session).items():
        counts.labels(name).set(n)
    oldest = Gauge(
        "haja_oldest_unfinished_seconds", "Age of the oldest unfinished run", registry=registry
    )
    oldest.set(work.oldest_seconds or 0.0)
    ages = Gauge(
        "haja_heartbeat_age_seconds", "Age of a sign of life", ["part", "name"], registry=registry
    )
    for beat in list_heartbeats(session):
        ages.labels(beat.part, beat.name).set(beat.age)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
