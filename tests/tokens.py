"""Tokens as the tests' own signer makes them; every service under test trusts its keys."""

import time
from typing import Any
from uuid import UUID

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

TENANT = UUID("01990000-0000-7000-8000-00000000000a")
OTHER_TENANT = UUID("01990000-0000-7000-8000-00000000000b")
SERVICES = ["contracts", "preinvoice", "invoicing", "reconciliation", "gateway"]

_KEY = ECKey.generate_key("P-256", {"kid": "tests"})
JWKS = orjson.dumps(KeySet([_KEY]).as_dict(private=False)).decode()


def token(*permissions: str, tenant_id: UUID = TENANT, subject: str = "clerk", **claims: Any) -> str:
    """A valid token with these permissions; a claim given as None is left out."""
    now = int(time.time())
    stated = {
        "iss": "mediabilling",
        "aud": SERVICES,
        "sub": subject,
        "iat": now,
        "exp": now + 600,
        "tenant_id": str(tenant_id),
        "permissions": list(permissions),
        **claims,
    }
    stated = {name: value for name, value in stated.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": "tests"}, stated, _KEY)


def bearer(*permissions: str, **claims: Any) -> dict[str, str]:
    """The Authorization header of such a token."""
    return {"Authorization": f"Bearer {token(*permissions, **claims)}"}
