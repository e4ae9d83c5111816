"""Who is calling: each bearer token is verified once, and believed for up to a minute while it is valid."""

import base64
import time

import orjson

from shared.runtime.auth import Principal, TokenVerifier

# Checking a signature costs more than passing a request on; a key that was withdrawn is noticed within this time.
_BELIEVED_SECONDS = 60
_TOKENS_MAX = 4096


class SignIn:
    """Verifies tokens for the gateway before anything is passed on; the services verify again."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier
        self._believed: dict[str, tuple[Principal, float]] = {}

    async def principal(self, authorization: str | None) -> Principal:
        """The caller; 401 `unauthenticated` for anything but a valid token."""
        known = self._believed.get(authorization or "")
        if known and time.time() < known[1]:
            return known[0]
        principal = await self._verifier.verify(authorization)
        assert authorization is not None
        if len(self._believed) >= _TOKENS_MAX:
            self._believed.clear()
        self._believed[authorization] = principal, min(_expiry(authorization), time.time() + _BELIEVED_SECONDS)
        return principal


def _expiry(authorization: str) -> float:
    payload = authorization.split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return float(claims["exp"])
