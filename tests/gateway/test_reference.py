"""One OpenAPI document for all services, and pages that load nothing from elsewhere."""

import re

import httpx
import orjson
import pytest

from services.gateway.openapi import merge
from tests.gateway.servers import Upstream, gateway, serving


def service_document(name: str, schema: dict[str, object]) -> dict[str, object]:
    operation = {"operationId": "list", "responses": {"200": {"$ref": f"#/components/schemas/{name}"}}}
    return {
        "tags": [{"name": "things", "description": "What there is."}],
        "paths": {"/v1/things": {"get": operation}, "/internal": {"get": operation}},
        "components": {"schemas": {name: schema, "Page": {"items": {"$ref": f"#/components/schemas/{name}"}}}},
    }


def test_names_that_mean_different_things_are_told_apart_and_references_follow() -> None:
    merged = merge(
        {"openapi": "3.1.0", "paths": {"/v1/tokens": {}}},
        {
            "contracts": service_document("Line", {"type": "string"}),
            "invoicing": service_document("Line", {"type": "integer"}),
            "preinvoice": service_document("Line", {"type": "string"}),
            "reconciliation": None,
        },
    )

    assert set(merged["paths"]) == {"/v1/tokens"} | {
        f"/v1/{s}/things" for s in ("contracts", "invoicing", "preinvoice")
    }
    schemas = merged["components"]["schemas"]
    assert set(schemas) == {"Line", "Page", "invoicing_Line", "invoicing_Page"}
    assert schemas["invoicing_Page"] == {"items": {"$ref": "#/components/schemas/invoicing_Line"}}
    operation = merged["paths"]["/v1/invoicing/things"]["get"]
    assert operation["responses"]["200"] == {"$ref": "#/components/schemas/invoicing_Line"}
    assert operation["operationId"] == "invoicing_list"
    assert [tag["name"] for tag in merged["tags"]] == ["contracts: things", "invoicing: things", "preinvoice: things"]
    assert merged["x-unavailable-services"] == ["reconciliation"]


async def test_the_document_is_merged_from_running_services_and_names_those_that_are_down() -> None:
    upstream = Upstream(body=orjson.dumps(service_document("Line", {})))
    async with serving(upstream) as url, gateway(url, development_issuer=True) as door, httpx.AsyncClient() as client:
        first = (await client.get(f"{door}/v1/openapi.json")).json()
        again = (await client.get(f"{door}/openapi.json")).json()

    assert {"/v1/tokens", "/v1/contracts/things"} == set(first["paths"])
    assert first["x-unavailable-services"] == ["invoicing", "preinvoice", "reconciliation"]
    assert again == first
    assert len(upstream.seen) == 1, "kept"


@pytest.mark.parametrize("path", ["/", "/reference"])
async def test_a_page_loads_only_what_this_origin_serves(path: str) -> None:
    async with gateway() as door, httpx.AsyncClient() as client:
        page = await client.get(f"{door}{path}")
        named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert named
        assert "<script>" not in page.text
        for address in named:
            assert address.startswith("/")
            assert (await client.get(f"{door}{address}")).status_code == 200


async def test_health_is_the_gateways_own() -> None:
    async with gateway() as door, httpx.AsyncClient() as client:
        assert (await client.get(f"{door}/healthz")).status_code == 200
        assert (await client.get(f"{door}/readyz")).json() == {"status": "ready"}
