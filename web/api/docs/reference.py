"""The OpenAPI document as people read it: calls and schemas as rows for the page's tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")
# JSON Schema's bounds, as they are read aloud.
_BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "maxLength": "≤ {} characters",
    "maxItems": "≤ {} items",
}


@dataclass(frozen=True, slots=True)
class Type:
    """``words`` say it without ``schema``, the name of the schema that it is made of, if any."""

    words: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter, a field of a body or a property of a schema. ``place`` is where a parameter
    stands: path, query or header."""

    name: str
    type: Type
    required: bool
    description: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    description: str
    type: Type | None


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one path. ``bodies`` are by content type; ``logins`` name the security schemes
    that open it, none if it is public."""

    id: str
    method: str
    path: str
    summary: str
    logins: tuple[str, ...]
    parameters: tuple[Value, ...]
    bodies: Mapping[str, Type]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    name: str
    description: str
    properties: tuple[Value, ...]
    type: Type


def read_calls(document: Mapping[str, Any]) -> dict[str, list[Call]]:
    """The document's calls by their tag, in its order."""
    calls: dict[str, list[Call]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                said = methods[method]
                calls.setdefault(said["tags"][0], []).append(_read_call(path, method, said))
    return calls


def read_schemas(document: Mapping[str, Any]) -> list[Schema]:
    """The document's schemas by name."""
    return [
        Schema(
            name,
            " ".join(said.get("description", "").split()),
            tuple(_read_properties(said)),
            _type_of(said),
        )
        for name, said in sorted(document["components"]["schemas"].items())
    ]


def _read_call(path: str, method: str, said: Mapping[str, Any]) -> Call:
    return Call(
        said["operationId"],
        method.upper(),
        path,
        said["summary"],
        tuple(name for scheme in said.get("security", ()) for name in scheme),
        tuple(
            Value(
                one["name"],
                _type_of(one["schema"]),
                one.get("required", False),
                one.get("description", "") or one["schema"].get("description", ""),
                one["in"],
            )
            for one in said["parameters"]
        ),
        {
            kind: _type_of(content["schema"])
            for kind, content in said.get("requestBody", {}).get("content", {}).items()
        },
        tuple(
            Answer(status, answer.get("description", ""), _answer_type(answer))
            for status, answer in sorted(said["responses"].items())
        ),
    )


def _answer_type(answer: Mapping[str, Any]) -> Type | None:
    for content in answer.get("content", {}).values():
        return _type_of(content["schema"]) if "schema" in content else None
    return None


def _read_properties(schema: Mapping[str, Any]) -> Iterator[Value]:
    required = schema.get("required", ())
    for name, said in schema.get("properties", {}).items():
        yield Value(name, _type_of(said), name in required, said.get("description", ""))


def _type_of(schema: Mapping[str, Any]) -> Type:
    """What may stand there, in a few words (JSON Schema 2020-12, as pydantic writes it)."""
    if "$ref" in schema:
        return Type("", schema["$ref"].rpartition("/")[2])
    for several, joint in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if several in schema:
            return _join([_type_of(one) for one in schema[several]], joint)
    if "const" in schema or "enum" in schema:
        return Type(" | ".join(str(one) for one in schema.get("enum", [schema.get("const")])))
    kind = schema.get("type", "anything")
    if kind == "array":
        item = _type_of(schema.get("items", {}))
        return Type(" ".join(filter(None, ["array of", item.words, *_bounds(schema)])), item.schema)
    if kind == "object" and "properties" in schema:
        return Type("object: " + ", ".join(schema["properties"]))
    words = [
        str(kind),
        *([f"({schema['format']})"] if "format" in schema else ()),
        *_bounds(schema),
    ]
    return Type(" ".join(words))


def _bounds(schema: Mapping[str, Any]) -> list[str]:
    return [said.format(schema[name]) for name, said in _BOUNDS.items() if name in schema]


def _join(types: list[Type], joint: str) -> Type:
    schema = next((one.schema for one in types if one.schema), "")
    words = [one.words or ("" if one.schema == schema else one.schema) for one in types]
    return Type(joint.join(filter(None, words)), schema)
