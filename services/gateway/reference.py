"""The pages of the gateway: where things are, and the API reference, drawn without a byte from elsewhere."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from services.gateway.openapi import Reference

# Swagger UI sets style attributes and draws its icons from data URLs; scripts come from this origin only.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
_HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_ASSETS = "/reference/assets"
_HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
_LANDING = f"""{_HEAD}<title>mediabilling</title></head><body>
<h1>mediabilling</h1>
<ul>
<li><a href="/reference">API reference</a></li>
<li><a href="/v1/openapi.json">OpenAPI document</a></li>
<li><a href="/healthz">Health</a></li>
</ul></body></html>"""
_PAGE = f"""{_HEAD}<title>mediabilling: API reference</title>
<link rel="stylesheet" href="{_ASSETS}/swagger-ui.css"><link rel="icon" href="{_ASSETS}/favicon.png"></head>
<body><div id="reference"></div>
<script src="{_ASSETS}/swagger-ui-bundle.js"></script><script src="/reference/start.js"></script></body></html>"""
_START = """SwaggerUIBundle({
  url: "/v1/openapi.json", dom_id: "#reference", deepLinking: true, docExpansion: "none", validatorUrl: null,
  defaultModelsExpandDepth: -1, defaultModelExpandDepth: 2, filter: true, showExtensions: true,
});
"""


def pages(reference: Reference) -> APIRouter:
    """Landing page, reference and the merged document."""
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_class=HTMLResponse)
    async def landing() -> HTMLResponse:
        return HTMLResponse(_LANDING, headers=_HEADERS)

    @router.get("/reference", response_class=HTMLResponse)
    async def browse() -> HTMLResponse:
        return HTMLResponse(_PAGE, headers=_HEADERS)

    @router.get("/reference/start.js")
    async def start() -> Response:
        return Response(_START, headers=_HEADERS, media_type="text/javascript")

    @router.get("/openapi.json")
    @router.get("/v1/openapi.json")
    async def document() -> JSONResponse:
        merged: dict[str, Any] = await reference.document()
        return JSONResponse(merged)

    return router


def assets() -> Mount:
    """Swagger UI's files, as the installed package `fastapi-offline` ships them."""
    return Mount(_ASSETS, StaticFiles(directory=Path(str(files("fastapi_offline") / "static"))))
