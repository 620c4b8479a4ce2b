"""The OpenAPI 3.1 document, made from the routes themselves, and a page that shows it."""

import re
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from models.languages import LANGUAGES
from models.problems import PROBLEMS
from web.api.docs.answers import REF, describe_answers
from web.api.docs.operations import OPERATIONS, Operation
from web.api.docs.reference import read_calls, read_schemas
from web.http.access import ACCESS, LINK, PUBLIC
from web.http.answers import json_response
from web.schemas import LiveMessageOut, ProblemOut

bp = Blueprint("openapi", __name__)

_HEADERS_IN: dict[str, tuple[str, dict[str, Any]]] = {
    "Idempotency-Key": (
        "The same key with the same content makes nothing new",
        {"type": "string", "pattern": "^[!-~]{1,255}$"},
    ),
    "If-Match": (
        "The ETag of the request as it was read: guards against a lost edit",
        {"type": "string"},
    ),
    "If-None-Match": (
        "ETags of answers that the caller holds: 304 if one is as new as can be",
        {"type": "string"},  # what is no ETag fits nothing
    ),
}
# An operation would promise an answer by HTTP; a path may also only be told of.
_LIVE: dict[str, Any] = {
    "summary": "Live messages (WebSocket)",
    "description": (
        "GET with a WebSocket's handshake (RFC 6455), an operator's bearer token (also as the "
        "subprotocols `bearer` and the token) or a link's `token`: 101, then messages until either "
        "side closes, at the latest when the login ends (1008). Each message has an `id`; who comes "
        "back with the parameter `last`, the id of the last message, is told what they missed, or "
        "`reload` where that cannot be told any more: then read everything anew. Without a "
        "handshake 400, without a right to listen 401, from a foreign page 403, with too many "
        "listeners 503: problem documents. An operator's client may tell which request it shows: "
        '`{"type": "presence", "request_id": 54, "writing": "reply"}` (or `note`, or nothing; '
        "no `request_id` for a list), and is then told who looks at which request (`presence`). "
        "Whatever else a client sends is ignored; frames of over 4 KiB (1009) and more than ten in "
        "ten seconds (1008) close the socket, a restart of the service does, too (1012)."
    ),
    "x-messages": {"schema": {"$ref": REF.format(model=LiveMessageOut.__name__)}},
}
_PICTURES_IN = "image/jpeg, image/png, image/webp, image/heic, image/avif"


@bp.get("/openapi.json")
def document() -> Response:
    """What every call takes and answers."""
    return json_response(build_document(), headers={"Cache-Control": "public, max-age=300"})


@bp.get("/docs")
def page() -> str:
    """The document for people."""
    document = build_document()
    return render_template(
        "docs.html",
        calls=read_calls(document),
        schemas=read_schemas(document),
        live=document["paths"]["/ws"],
        about=document["info"]["description"],
    )


@bp.get("/docs/problems")
def problems() -> str:
    """What the ``type`` of a problem document points to."""
    return render_template("problems.html", problems=PROBLEMS, languages=LANGUAGES)


def build_document() -> dict[str, Any]:
    """The whole document, from the routes, their access and their operations."""
    models: set[type[BaseModel]] = {ProblemOut, LiveMessageOut}
    for operation in OPERATIONS.values():
        models |= {model for _, model in operation.answers.values() if model}
        models |= {model for model in (operation.body, operation.query) if model}
    # These are told parameter by parameter.
    in_queries = {operation.query.__name__ for operation in OPERATIONS.values() if operation.query}
    _, schema = models_json_schema(
        [(model, _mode(model)) for model in models],
        ref_template=REF,
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Haja",
            "version": "1",
            "description": (
                "Maintenance requests. Errors are RFC 9457 problem documents, in Korean or English "
                "by Accept-Language. Every answer also carries what keeps browsers safe: "
                "Content-Security-Policy, X-Content-Type-Options, X-Frame-Options, "
                "Referrer-Policy, Permissions-Policy, over https Strict-Transport-Security."
            ),
        },
        "paths": {**_paths(schema["$defs"]), "/ws": _LIVE},
        "components": {
            "schemas": {
                name: shape for name, shape in schema["$defs"].items() if name not in in_queries
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "link": {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
    }


def _mode(model: type[BaseModel]) -> Any:
    return "serialization" if model.__name__.endswith("Out") else "validation"


def _paths(schemas: dict[str, Any]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for rule in current_app.url_map.iter_rules():
        operation = OPERATIONS.get(rule.endpoint)
        if operation is None:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _describe(rule, operation, schemas)
    return paths


def _describe(rule: Rule, operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "tags": [rule.endpoint.partition(".")[0]],
        "summary": operation.summary,
        "parameters": _parameters(rule, operation, schemas),
        "responses": describe_answers(operation),
    }
    if operation.body or operation.file_fields:
        described["requestBody"] = _request_body(operation)
    level = ACCESS[rule.endpoint].level
    if level == LINK:
        described["security"] = [{"bearer": []}, {"link": []}]
    elif level != PUBLIC:
        described["security"] = [{"bearer": []}]
    return described


def _parameters(rule: Rule, operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in sorted(rule.arguments)
    ]
    if operation.query:
        properties = schemas[operation.query.__name__]["properties"]
        parameters += [
            {"name": name, "in": "query", "required": False, "schema": _given(schema)}
            for name, schema in properties.items()
        ]
    parameters += [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": _HEADERS_IN[name][0],
            "schema": _HEADERS_IN[name][1],
        }
        for name in operation.headers_in
    ]
    return parameters


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """Left out is the default of all that can be: null cannot be said in a query."""
    return {name: value for name, value in schema.items() if (name, value) != ("default", None)}


def _path_schema(name: str) -> dict[str, Any]:
    if name == "size":
        return {"type": "string", "enum": ["thumb", "medium", "large"]}
    if name == "key":
        return {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    return {"type": "integer", "minimum": 0}


def _request_body(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for content_type in operation.content_types:
        schema: dict[str, Any] = (
            {"$ref": REF.format(model=operation.body.__name__)} if operation.body else {}
        )
        if content_type == "multipart/form-data" and operation.file_fields:
            properties = {name: _file_schema(many) for name, many in operation.file_fields.items()}
            files = {"type": "object", "properties": properties}
            # Beside words, files may be left out.
            required = [] if operation.body else list(operation.file_fields)
            if required:
                files["required"] = required
            schema = {"allOf": [schema, files]} if schema else files
        content[content_type] = {"schema": schema}
        if content_type == "multipart/form-data" and operation.file_fields:
            content[content_type]["encoding"] = {
                name: {"contentType": _PICTURES_IN} for name in operation.file_fields
            }
    return {"required": operation.body_required, "content": content}


def _file_schema(many: bool) -> dict[str, Any]:
    file = {"type": "string", "format": "binary"}
    return {"type": "array", "items": file, "minItems": 1, "maxItems": 5} if many else file
