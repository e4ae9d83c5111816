"""Who gets past the gateway, and the development issuer."""

import base64
import time
from uuid import UUID

import httpx
import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from services.gateway.issuer import Issuer
from services.gateway.roles import PERMISSIONS
from shared.runtime import clock
from shared.runtime.auth import Keys, TokenVerifier
from shared.runtime.problem import ProtocolFault
from tests import tokens
from tests.gateway.servers import Upstream, gateway, serving
from tests.tokens import JWKS, TENANT, bearer, token


def claims() -> dict[str, object]:
    now = int(time.time())
    return {
        "iss": "mediabilling",
        "aud": tokens.SERVICES,
        "sub": "x",
        "iat": now,
        "exp": now + 600,
        "tenant_id": str(TENANT),
        "permissions": [],
    }


def unsigned() -> str:
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}."


def signed_with_the_public_key_as_a_secret() -> str:
    return jwt.encode({"alg": "HS256", "kid": "tests"}, claims(), OctKey.import_key(JWKS.encode()))


def signed_by_a_stranger() -> str:
    return jwt.encode({"alg": "ES256", "kid": "tests"}, claims(), ECKey.generate_key("P-256"))


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Basic YTpi",
        "Bearer a.b.c",
        f"Bearer {unsigned()}",
        f"Bearer {signed_with_the_public_key_as_a_secret()}",
        f"Bearer {signed_by_a_stranger()}",
        f"Bearer {token(exp=int(time.time()) - 60)}",
        f"Bearer {token(exp=None)}",
        f"Bearer {token(aud=['contracts'])}",
        f"Bearer {token(iss='somebody')}",
        f"Bearer {token(sub=None)}",
        f"Bearer {token()}x",
    ],
)
async def test_no_valid_token_no_passage(authorization: str) -> None:
    upstream = Upstream()
    async with serving(upstream) as url, gateway(url) as door, httpx.AsyncClient() as client:
        response = await client.get(f"{door}/v1/contracts/x", headers={"Authorization": authorization})

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"
    assert not upstream.seen


async def test_a_valid_token_is_passed_on_for_the_service_to_verify_again() -> None:
    upstream = Upstream()
    signed = bearer("contract:read")
    async with serving(upstream) as url, gateway(url) as door, httpx.AsyncClient() as client:
        response = await client.get(f"{door}/v1/contracts/x", headers=signed)

    assert response.status_code == 200
    assert upstream.header("authorization") == [signed["Authorization"]]


async def test_a_believed_token_is_not_believed_beyond_its_expiry(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = TokenVerifier(Keys(document=JWKS), issuer="mediabilling", audience="gateway")
    signed = bearer(exp=int(time.time()) + 20)["Authorization"]
    assert (await verifier.verify(signed)).tenant_id == TENANT
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 120)
    with pytest.raises(ProtocolFault) as refused:
        await verifier.verify(signed)
    assert refused.value.status == 401


async def test_the_development_issuer_signs_in_every_role() -> None:
    upstream = Upstream()
    async with serving(upstream) as url, gateway(url, development_issuer=True) as door, httpx.AsyncClient() as client:
        keys = (await client.get(f"{door}/.well-known/jwks.json")).json()
        for role, permissions in PERMISSIONS.items():
            wanted = {"tenant_id": str(TENANT), "user": "anna", "role": role}
            answer = await client.post(f"{door}/v1/tokens", json=wanted)
            assert answer.status_code == 201
            signed = f"Bearer {answer.json()['access_token']}"
            passed = await client.get(f"{door}/v1/contracts/x", headers={"Authorization": signed})
            assert passed.status_code == 200
            for service in tokens.SERVICES:
                verifier = TokenVerifier(
                    Keys(document=orjson.dumps(keys).decode()), issuer="mediabilling", audience=service
                )
                principal = await verifier.verify(signed)
                assert (principal.subject, principal.permissions) == ("anna", permissions)

    assert "d" not in keys["keys"][0], "the private part stays inside"


async def test_there_is_no_issuer_unless_the_setting_says_so() -> None:
    async with gateway() as door, httpx.AsyncClient() as client:
        wanted = {"tenant_id": str(TENANT), "user": "anna", "role": "operator"}
        assert (await client.post(f"{door}/v1/tokens", json=wanted)).status_code == 404
        assert (await client.get(f"{door}/.well-known/jwks.json")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"tenant_id":"x","user":"a","role":"clerk"}', 422, "invalid_value"),
        (b'{"user":"a","user":"b"}', 400, "malformed_body"),
        (b'{"tenant_id":"01990000-0000-7000-8000-00000000000a","user":"a","role":"king"}', 422, "invalid_value"),
        (b'{"tenant_id":"01990000-0000-7000-8000-00000000000a","user":"a","role":"clerk","x":1}', 422, "unknown_field"),
    ],
)
async def test_the_issuer_reads_strictly(body: bytes, status: int, code: str) -> None:
    async with gateway(development_issuer=True) as door, httpx.AsyncClient() as client:
        sent = await client.post(f"{door}/v1/tokens", content=body, headers={"Content-Type": "application/json"})

    assert (sent.status_code, sent.json()["code"]) == (status, code)


async def test_a_given_key_signs_the_same_on_every_replica() -> None:
    pem = ECKey.generate_key("P-256").as_pem(private=True).decode()
    one, other = Issuer("mediabilling", pem), Issuer("mediabilling", pem)
    verifier = TokenVerifier(Keys(document=other.document), issuer="mediabilling", audience="invoicing")

    principal = await verifier.verify(f"Bearer {one.sign(UUID(int=1), 'anna', 'auditor', clock.now())}")

    assert principal.permissions == PERMISSIONS["auditor"]


def test_a_key_of_another_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="P-256"):
        Issuer("mediabilling", ECKey.generate_key("P-384").as_pem(private=True).decode())


def test_the_operator_holds_everything_and_the_auditor_writes_nothing() -> None:
    assert frozenset().union(*PERMISSIONS.values()) == PERMISSIONS["operator"]
    assert {permission.split(":")[1] for permission in PERMISSIONS["auditor"]} == {"read"}
