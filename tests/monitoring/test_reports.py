"""What is sent to the monitoring services after errors, and what must not be sent."""

import json
import time
from collections.abc import Callable
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.http import Api
from tests.faults.workers import Workers
from tests.monitoring.conftest import categorized
from tests.monitoring.watched import EXPLODE
from tests.servers.collector import Collector
from tests.waiting import wait_for

PERSONAL = {
    "description": "세면대 아래에서 물이 새요 wasserfall",
    "location": "본관 7층 비밀실",
    "contact_info": "geheim@example.org 010-9876-5432",
    "requester_name": "김비밀",
}
LIMIT = 5.0  # seconds; an answer that waits for a collector that hangs takes longer


def _events(collector: Collector) -> list[dict[str, Any]]:
    """The error reports among the envelopes."""
    found = []
    for envelope in collector.bodies("/envelope/"):
        lines = envelope.split(b"\n")
        for header, payload in zip(lines[1::2], lines[2::2], strict=False):
            if json.loads(header).get("type") == "event":
                found.append(json.loads(payload))
    return found


def _spans(collector: Collector) -> dict[tuple[str, str], list[Any]]:
    """By service and name."""
    found: dict[tuple[str, str], list[Any]] = {}
    for body in collector.bodies("/v1/traces"):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    found.setdefault((names["service.name"], span.name), []).append(span)
    return found


def _post(api: Api, **words: str) -> Any:
    return api.send("POST", "/api/requests?lang=geheimzeichen", {**PERSONAL, **words})


def test_errors_and_traces_arrive_without_anything_personal(
    workers: Workers, start_watched: Callable[[str], Api]
) -> None:
    with Collector() as collector:
        api = start_watched(collector.host)
        good = _post(api)
        assert good.status == 201, good.body
        categorized(workers, good.json["id"])
        page = good.json["status_url"].removeprefix(api.url)
        api.get(page[page.index("/r/") :])
        api.get("/nowhere/wasserfall?token=geheimzeichen")
        bad = _post(api, description=f"{PERSONAL['description']} {EXPLODE}")
        assert bad.status == 500
        workers.submit(f"{PERSONAL['description']} {EXPLODE}", PERSONAL["contact_info"])

        def everything() -> bool:
            processes = {event["tags"]["process"] for event in _events(collector)}
            wanted = {
                ("haja-web", "POST /api/requests"),
                ("haja-web", "GET /r/<reference>"),
                ("haja-dispatcher", "apply_async/triage.categorize_request"),
                ("haja-triage", "run/triage.categorize_request"),
            }
            return processes >= {"web", "triage"} and _spans(collector).keys() >= wanted

        wait_for(
            everything,
            lambda: f"{list(_spans(collector))} {_events(collector)} {workers.log('triage')}",
            seconds=120,
        )
        _check_events(_events(collector), bad.headers["X-Request-ID"])
        _check_spans(_spans(collector))
        sent = b"\n".join(one.body for one in collector.arrived)
        for secret in (*" ".join(PERSONAL.values()).split(), "geheimzeichen", "token="):
            assert secret.encode() not in sent, secret
            assert json.dumps(secret)[1:-1].encode() not in sent, secret
        assert good.json["reference"].encode() not in sent


def _check_events(events: list[dict[str, Any]], call: str) -> None:
    web = next(event for event in events if event["tags"]["process"] == "web")
    assert web["tags"]["request_id"] == call
    assert web["transaction"] == "/api/requests"
    triage = next(event for event in events if event["tags"]["process"] == "triage")
    assert triage["tags"]["run_id"]
    for event in (web, triage):
        error = event["exception"]["values"][-1]
        assert error["type"] == "ValueError"
        assert error["stacktrace"]["frames"][-1]["function"] == "fail"


def _check_spans(spans: dict[tuple[str, str], list[Any]]) -> None:
    published = spans["haja-dispatcher", "apply_async/triage.categorize_request"]
    ran = spans["haja-triage", "run/triage.categorize_request"]
    assert {span.trace_id for span in ran} & {span.trace_id for span in published}
    inserted = [group[0] for (_, name), group in spans.items() if name.startswith("INSERT")]
    assert inserted
    statements = [a.value.string_value for a in inserted[0].attributes if a.key == "db.statement"]
    assert "%(" in statements[0]  # placeholders instead of values
    assert any(service == "haja-triage" and name.startswith("UPDATE") for service, name in spans)


def test_a_collector_that_hangs_slows_no_call(
    workers: Workers, start_watched: Callable[[str], Api]
) -> None:
    with Collector(hanging=True) as collector:
        api = start_watched(collector.host)
        for number in range(5):
            began = time.monotonic()
            assert _post(api, description=f"{EXPLODE} {number}").status == 500
            good = _post(api)
            assert good.status == 201
            assert time.monotonic() - began < LIMIT
        wait_for(lambda: collector.arrived, "something was sent")
        categorized(workers, good.json["id"])


def test_an_unreachable_collector_breaks_nothing(
    workers: Workers, start_watched: Callable[[str], Api]
) -> None:
    api = start_watched("127.0.0.1:1")
    assert _post(api, description=EXPLODE).status == 500
    good = _post(api)
    assert good.status == 201
    categorized(workers, good.json["id"])
    for name in ("web", "triage", "dispatcher"):
        assert "Connection refused" not in workers.log(name)
