"""Who is calling: bearer tokens, verified by every service for itself (reliability.md section 9)."""

import time
from dataclasses import dataclass
from uuid import UUID

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.runtime.problem import ProtocolFault

_ALGORITHMS = ["ES256"]
_LEEWAY_SECONDS = 30
_FRESH_SECONDS = 600
_STALE_SECONDS = 24 * 3600
_TOKEN_BYTES_MAX = 8192
# Checking a signature costs more than passing a request on; a key that was withdrawn is noticed within this time.
_BELIEVED_SECONDS = 60
_TOKENS_MAX = 4096


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller: the subject, its tenant, and what it may do (`resource:action`)."""

    subject: str
    tenant_id: UUID
    permissions: frozenset[str]


class Keys:
    """The public keys of the token signers: given as a document, or fetched from a URL and kept for ten minutes.

    When the URL does not answer, keys up to a day old still serve.
    """

    def __init__(self, *, document: str = "", url: str = "") -> None:
        self._url = url
        self._keys = KeySet.import_key_set(orjson.loads(document)) if document else None
        self._fetched_at = float("-inf")

    async def current(self) -> KeySet:
        """The keys to verify with; `unavailable` when there are none."""
        if self._url and time.monotonic() - self._fetched_at > _FRESH_SECONDS:
            await self._fetch()
        if self._keys is None:
            raise ProtocolFault(503, "unavailable", "The keys of the token signer are not known.", Retry_After="2")
        return self._keys

    async def _fetch(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
                answer = await client.get(self._url)
                answer.raise_for_status()
            self._keys = KeySet.import_key_set(answer.json())
            self._fetched_at = time.monotonic()
        except (httpx.HTTPError, ValueError, JoseError):
            if time.monotonic() - self._fetched_at > _STALE_SECONDS:
                self._keys = None


class TokenVerifier:
    """Verifies ES256 tokens for one audience; every claim it reads is essential.

    Each token is verified once and believed for up to a minute while it is valid.
    """

    def __init__(self, keys: Keys, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._believed: dict[str, tuple[Principal, float]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            tenant_id={"essential": True},
        )

    async def verify(self, authorization: str | None) -> Principal:
        """The principal of an `Authorization` header; 401 `unauthenticated` for anything but a valid bearer token."""
        known = self._believed.get(authorization or "")
        if known and time.time() < known[1]:
            return known[0]
        principal, expires_at = await self._verify(authorization or "")
        if len(self._believed) >= _TOKENS_MAX:
            self._believed.clear()
        self._believed[authorization or ""] = principal, min(expires_at, time.time() + _BELIEVED_SECONDS)
        return principal

    async def _verify(self, authorization: str) -> tuple[Principal, float]:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _TOKEN_BYTES_MAX:
            raise unauthenticated("A bearer token is required.")
        keys = await self._keys.current()
        try:
            claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
            self._claims.validate(claims)
            permissions = claims.get("permissions", [])
            if not isinstance(permissions, list):
                raise unauthenticated("The token is not valid.")
            principal = Principal(
                str(claims["sub"]), UUID(str(claims["tenant_id"])), frozenset(str(one) for one in permissions)
            )
            return principal, float(claims["exp"])
        except (JoseError, ValueError, TypeError, KeyError):
            raise unauthenticated("The token is not valid.") from None


def unauthenticated(detail: str) -> ProtocolFault:
    """401, with the challenge that HTTP asks for."""
    return ProtocolFault(401, "unauthenticated", detail, WWW_Authenticate="Bearer")
