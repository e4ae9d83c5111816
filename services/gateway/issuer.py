"""The development issuer: signs a token for whoever asks, so that the suite can be tried without an identity provider.

It exists only where MB_GATEWAY_DEVELOPMENT_ISSUER is on.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pydantic import Field

from services.gateway.roles import PERMISSIONS, Role
from services.gateway.strict import StrictRoute
from shared.events.examples import TENANT, example
from shared.events.fields import Shape, Text, View
from shared.runtime import clock

AUDIENCE = ("contracts", "preinvoice", "invoicing", "reconciliation", "gateway")
TOKEN_SECONDS = 600
_log = structlog.get_logger()


class TokenRequest(Shape):
    """On whose behalf the token speaks."""

    model_config = example(tenant_id=TENANT, user="maria", role="clerk")

    tenant_id: UUID = Field(description="The customer organisation whose records are seen.")
    user: Text(100, 1) = Field(description="Shown in the history of what is done.")  # type: ignore[valid-type]
    role: Role = Field(description="What may be done; each operation names the permission it needs.")


class TokenView(View):
    """A signed token, as OAuth 2 answers name it; `expires_in` is in seconds."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105  the kind, not a secret
    expires_in: int = TOKEN_SECONDS


class Issuer:
    """Signs tokens with one P-256 key: the given one, or a new one that lives as long as the process."""

    def __init__(self, issuer: str, signing_key: str = "") -> None:
        self._issuer = issuer
        key = ECKey.import_key(signing_key) if signing_key else ECKey.generate_key("P-256")
        if key.curve_name != "P-256":
            raise ValueError("MB_GATEWAY_SIGNING_KEY must be a P-256 key")
        key.ensure_kid()
        self._key = key
        self.jwks: dict[str, Any] = dict(KeySet([key]).as_dict(private=False))
        _log.warning("development_issuer_on", warning="anybody can sign in as anybody; never run this in production")

    @property
    def document(self) -> str:
        """The public keys as a JWKS document."""
        return orjson.dumps(self.jwks).decode()

    def sign(self, tenant_id: UUID, user: str, role: Role, now: datetime) -> str:
        """A token of ten minutes for all services, with the permissions of the role."""
        issued = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": list(AUDIENCE),
            "sub": user,
            "iat": issued,
            "exp": issued + TOKEN_SECONDS,
            "tenant_id": str(tenant_id),
            "permissions": sorted(PERMISSIONS[role]),
        }
        return jwt.encode({"alg": "ES256", "typ": "JWT", "kid": self._key.kid}, claims, self._key)


def issuer_routes(issuer: Issuer) -> APIRouter:
    """The issuer's two resources: tokens, and the keys to verify them with."""
    router = APIRouter(tags=["sign-in"], route_class=StrictRoute)

    @router.post("/v1/tokens", status_code=201)
    async def sign_token(body: TokenRequest) -> TokenView:
        """A token for development; this resource does not exist in production."""
        return TokenView(access_token=issuer.sign(body.tenant_id, body.user, body.role, clock.now()))

    @router.get("/.well-known/jwks.json", include_in_schema=False)
    async def published_keys() -> dict[str, Any]:
        return issuer.jwks

    return router
