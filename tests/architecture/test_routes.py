"""Every route has an access entry and, below /api, a description; the document is valid."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.routing import Rule

from models.words import Role
from web.api.docs.document import build_document
from web.api.docs.operations import OPERATIONS
from web.http.access import ACCESS, LINK, PUBLIC, RANK


def _rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def test_every_route_has_an_access_entry_and_the_other_way_round(app: Flask) -> None:
    assert {rule.endpoint for rule in _rules(app)} == set(ACCESS)
    assert {access.level for access in ACCESS.values()} <= {PUBLIC, LINK, *Role}
    assert set(RANK) == set(Role)


def test_every_call_of_the_api_is_described(app: Flask) -> None:
    of_the_api = {
        rule.endpoint
        for rule in _rules(app)
        if rule.rule.startswith(("/api/", "/token", "/healthz", "/readyz", "/metrics"))
    }
    assert of_the_api == set(OPERATIONS)


def test_the_openapi_document_is_valid(app: Flask) -> None:
    with app.app_context():
        document = build_document()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1.")


def test_the_contracts_addresses_are_there(app: Flask) -> None:
    found = {(method, rule.rule) for rule in _rules(app) for method in rule.methods or () if method}
    for call in (
        ("POST", "/api/requests"),
        ("GET", "/api/requests"),
        ("GET", "/api/requests/<int:request_id>"),
        ("PATCH", "/api/requests/<int:request_id>"),
        ("POST", "/api/requests/<int:request_id>/upload"),
        ("GET", "/api/photos/<int:photo_id>"),
        ("GET", "/api/photos/<int:photo_id>/<size>"),
        ("GET", "/api/stats"),
        ("POST", "/token"),
        ("POST", "/token/refresh"),
        ("POST", "/token/revoke"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
    ):
        assert call in found, call


def test_the_document_says_which_calls_need_whom(app: Flask) -> None:
    with app.app_context():
        paths: dict[str, Any] = build_document()["paths"]
    assert "security" not in paths["/api/requests"]["post"]
    assert paths["/api/requests"]["get"]["security"] == [{"bearer": []}]
    assert {"link": []} in paths["/api/requests/{request_id}"]["get"]["security"]


def test_limits_and_the_socket_are_documented(app: Flask) -> None:
    with app.app_context():
        document = build_document()
    for path, calls in document["paths"].items():
        if path.startswith(("/api/", "/token")):
            assert all("429" in call["responses"] for call in calls.values()), path
    live = document["paths"]["/ws"]
    name = live["x-messages"]["schema"]["$ref"].rpartition("/")[2]
    assert name in document["components"]["schemas"]
    assert "get" not in live


def test_the_document_is_served(client: FlaskClient) -> None:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
