"""The API reference: every body has an example that its model accepts, and every choice says what it means."""

import csv
import io
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel

from deploy.registry import DATABASE_SERVICES
from deploy.schemas import openapi
from services.gateway.issuer import Issuer, issuer_routes
from shared.runtime.imports import Imports

_DOCUMENT = openapi()
_OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in _DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
_BODIES = {name: one["requestBody"]["content"] for name, one in _OPERATIONS.items() if "requestBody" in one}
_JSON = {name: body["application/json"]["schema"] for name, body in _BODIES.items() if "application/json" in body}
_FILES = {name: body["text/csv"] for name, body in _BODIES.items() if "text/csv" in body}


def _models() -> dict[str, type[BaseModel]]:
    """The model of each body, by method and public path."""
    routers = [(f"/v1/{one}", router) for one in DATABASE_SERVICES for router in _service(one).routers]
    routers.append(("/v1", issuer_routes(Issuer("https://issuer.example"))))
    return {
        f"{method} {prefix}{route.path.removeprefix('/v1')}": route.body_field.field_info.annotation
        for prefix, router in routers
        for route in router.routes
        if getattr(route, "body_field", None)
        for method in route.methods
    }


def _service(name: str) -> Any:
    return import_module(f"services.{name}.main").SERVICE


_MODELS = _models()


def _component(schema: dict[str, Any]) -> dict[str, Any]:
    """What a schema refers to, or itself."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return _DOCUMENT["components"]["schemas"][name] if name else schema


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and what it is made of, components followed."""
    schema = _component(schema)
    yield schema
    inner = [one for kind in ("anyOf", "allOf", "oneOf") for one in schema.get(kind, ())]
    inner += [schema[kind] for kind in ("items", "additionalProperties") if isinstance(schema.get(kind), dict)]
    for one in inner:
        yield from _parts(one)


def _properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of a body, those of the objects in it as well."""
    for part in _parts(schema):
        for name, one in part.get("properties", {}).items():
            yield f"{path}/{name}", one
            yield from _properties(one, f"{path}/{name}")


def _is_choice(schema: dict[str, Any]) -> bool:
    return any(part.get("type") == "boolean" or {"enum", "const"} & set(part) for part in _parts(schema))


def test_the_bodies_of_the_document_are_those_of_the_routes() -> None:
    assert set(_JSON) == set(_MODELS)


@pytest.mark.parametrize("name", _JSON)
def test_a_body_has_an_example_that_its_model_accepts(name: str) -> None:
    body = _BODIES[name]["application/json"]
    stated = _component(body["schema"]).get("examples")
    assert stated, "state one: model_config = example(…)"
    for one in (*stated, body.get("example", stated[0])):
        _MODELS[name].model_validate(one)


@pytest.mark.parametrize("name", _FILES)
def test_a_file_has_examples_that_its_rows_accept(name: str) -> None:
    kinds: Imports = import_module(f"services.{name.split('/')[2]}.imports").IMPORTS
    examples = _FILES[name]["examples"]
    assert examples, "state one on the row of a kind: model_config = example(…)"
    for kind, one in examples.items():
        for line in csv.DictReader(io.StringIO(one["value"])):
            kinds[kind].row.model_validate_strings(line)


@pytest.mark.parametrize("name", _JSON)
def test_a_choice_in_a_body_says_what_it_means(name: str) -> None:
    unsaid = [
        path
        for path, one in _properties(_JSON[name])
        if _is_choice(one) and not any("description" in part for part in (one, *_parts(one)))
    ]
    assert unsaid == []


@pytest.mark.parametrize("name", _OPERATIONS)
def test_a_choice_in_a_query_says_what_it_means(name: str) -> None:
    asked = [one for one in _OPERATIONS[name].get("parameters", ()) if one["in"] == "query"]
    assert [
        one["name"]
        for one in asked
        if _is_choice(one["schema"]) and not any("description" in part for part in (one, *_parts(one["schema"])))
    ] == []


def test_every_group_of_operations_says_what_it_is_about() -> None:
    used = {tag for one in _OPERATIONS.values() for tag in one["tags"]}
    assert used == {tag["name"] for tag in _DOCUMENT["tags"] if tag["description"]}


def test_every_operation_has_a_summary_and_a_description() -> None:
    assert [name for name, one in _OPERATIONS.items() if not (one.get("summary") and one.get("description"))] == []
