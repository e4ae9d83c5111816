"""Contract invoices, payments and proposals through the door, with every refusal the rules name."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.invoicing.main import create_app
from services.invoicing.settings import InvoicingSettings
from shared.events.contracts import ContractCorrectionRequested
from shared.kernel.ids import new_id
from tests.database import MakeDatabase
from tests.invoicing.radio import Radio, february, january
from tests.tokens import JWKS, bearer

RIGHTS = (
    "invoice:read", "invoice:write", "invoice:issue", "credit_note:read", "credit_note:write", "payment:read",
    "payment:write", "document:read",
)  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def api(provisioned: MakeDatabase, radio: Radio) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with every right over the radio's tenant."""
    app = create_app(InvoicingSettings(database_url=(await provisioned("invoicing")).app_url, jwks=JWKS))
    tenant_id = radio.world.context.tenant_id
    assert tenant_id
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = bearer(*RIGHTS, tenant_id=tenant_id)
    async with httpx.AsyncClient(transport=transport, base_url="http://invoicing", headers=headers) as client:
        yield client
    await app.state.doorway.database.close()


async def post(api: httpx.AsyncClient, path: str, body: dict[str, Any], version: int | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": str(new_id())} | ({"If-Match": f'"{version}"'} if version else {})
    return await api.post(f"/v1/{path}", json=body, headers=headers)


async def listed(api: httpx.AsyncClient, **filters: str) -> list[dict[str, Any]]:
    return (await api.get("/v1/invoices", params=filters)).json()["items"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.rule("CT-CYC-15", "CT-CYC-16", "CT-CYC-13")
async def test_why_an_invoice_is_still_gathering_is_answered_item_by_item(api: httpx.AsyncClient, radio: Radio) -> None:
    await radio.tell(lines=[radio.extra(2, {january(24): 1}, "150.00", kind="off_air", comment="Banner <month>")])
    await radio.reconcile(january(12), january(29))
    first = (await listed(api, state="gathering"))[0]
    seen = (await api.get(f"/v1/invoices/{first['id']}", params={"expand": "lines"})).json()
    assert [(one["reason"], one["on"], one["item_count"]) for one in seen["waiting_for"]] == [
        ("occurrence_not_due", "2026-01-24", 1),
        ("log_not_reconciled", "2026-01-30", 2),
        ("log_not_reconciled", "2026-01-31", 1),
    ]
    assert (len(seen["lines"]), seen["lines"][0]["amount"], seen["gross_amount"]) == (30, "55.00", "1650.00")
    answer = await post(api, f"invoices/{first['id']}/transitions", {"to": "issued"}, seen["version"])
    assert refusal(answer) == (409, "invoice_incomplete")
    await radio.fall_due(january(24), "150.00")
    await radio.reconcile(january(30), january(31))
    now = (await api.get(f"/v1/invoices/{first['id']}")).json()
    assert (now["state"], now["waiting_for"], now["gross_amount"]) == ("pending", [], "1965.00")
    stale = await post(api, f"invoices/{first['id']}/transitions", {"to": "issued"}, seen["version"])
    assert refusal(stale) == (412, "stale_version")
    issued = await post(api, f"invoices/{first['id']}/transitions", {"to": "issued"}, now["version"])
    assert (issued.status_code, issued.json()["invoice_no"], issued.json()["warnings"]) == (200, "N2026-00001", [])
    whole = (await api.get(f"/v1/invoices/{first['id']}", params={"expand": "lines"})).json()
    assert [line["text"] for line in whole["lines"]][-1] == "Banner January"


@pytest.mark.rule("CT-LIF-15", "CT-LIF-16", "CT-LIF-19")
async def test_many_are_finalised_reversed_and_finalised_again_each_on_its_own(
    api: httpx.AsyncClient, radio: Radio
) -> None:
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    both = [one["id"] for one in await listed(api)]
    done = await post(api, "invoices/bulk", {"invoice_ids": [*both, str(new_id())], "to": "issued"})
    assert done.status_code == 207
    assert [(one["status"], one["code"], one["invoice_no"]) for one in done.json()["items"]] == [
        (200, "", "N2026-00001"),
        (409, "invoice_incomplete", ""),
        (404, "invoice_not_found", ""),
    ]
    reverse = {"invoice_ids": both, "reason": "wrong cycle", "invoice_on": "2026-02-28"}
    undone = await post(api, "credit-notes/bulk", reverse)
    assert [(one["status"], one["code"], one["invoice_no"]) for one in undone.json()["items"]] == [
        (200, "", "N2026-00002"),
        (409, "not_approved", ""),
    ]
    for path, body in (("invoices/bulk", {"to": "issued"}), ("credit-notes/bulk", reverse)):
        assert (await post(api, path, {**body, "invoice_ids": []})).status_code == 422
    await radio.tell(ContractCorrectionRequested, correction="requested", correction_id=new_id())
    (waiting,) = await listed(api, state="pending")
    assert (await api.get(f"/v1/invoices/{waiting['id']}")).json()["held_by_correction"] is True
    held = await post(api, "invoices/bulk", {"invoice_ids": [waiting["id"]], "to": "issued"})
    assert held.json()["items"][0]["code"] == "correction_open"


@pytest.mark.rule("CT-CYC-02")
async def test_a_contract_of_cycle_none_is_not_invoiced_by_hand_either(api: httpx.AsyncClient, radio: Radio) -> None:
    await radio.tell()
    gathered = await post(api, "gatherings", {"contract_id": str(radio.contract_id)})
    assert (gathered.status_code, len(gathered.json()["items"])) == (201, 2)
    await radio.tell(billing_cycle="none")
    refused = await post(api, "gatherings", {"contract_id": str(radio.contract_id)})
    assert refusal(refused) == (409, "cycle_is_none")
    assert refusal(await post(api, "gatherings", {"contract_id": str(new_id())})) == (404, "not_found")


@pytest.mark.rule("CT-LIF-23", "CT-CYC-09")
async def test_money_at_the_door(api: httpx.AsyncClient, radio: Radio) -> None:
    radio.terms = {"billing_cycle": "begin_of_schedule"}
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    money = {
        "legal_entity_id": str(radio.world.legal_entity_id), "client_id": str(radio.client_id), "currency": "EUR",
        "amount": "3025.00", "received_on": "2026-01-12", "reference": "bank 17",
    }  # fmt: skip
    assert refusal(await post(api, "payments", {**money, "client_id": str(new_id())})) == (422, "unknown_reference")
    finer = await post(api, "payments", {**money, "amount": "0.001"})
    assert refusal(finer) == (422, "amount_precision")
    assert [one["pointer"] for one in finer.json()["errors"]] == ["/amount"]
    paid = (await post(api, "payments", money)).json()
    assert (paid["amount"], paid["unapplied_amount"], paid["applications"]) == ("3025.00", "3025.00", [])
    zero = next(one for one in await listed(api) if one["variant"] == "zero" and one["state"] == "pending")
    upfront = next(one for one in await listed(api) if one["variant"] == "upfront")
    apply = f"payments/{paid['id']}/applications"
    early = await post(api, apply, {"invoice_id": zero["id"], "amount": "1.00"})
    assert refusal(early) == (409, "invoice_not_approved")
    await post(api, "invoices/bulk", {"invoice_ids": [zero["id"]], "to": "issued"})
    assert refusal(await post(api, apply, {"invoice_id": zero["id"], "amount": "1.00"})) == (409, "nothing_due")
    applied = (await post(api, apply, {"invoice_id": upfront["id"], "amount": "3025.00"})).json()
    assert (applied["unapplied_amount"], applied["applications"][0]["invoice_no"]) == ("0.00", "N2026-00001")
    seen = (await api.get(f"/v1/invoices/{upfront['id']}")).json()
    assert (seen["paid_amount"], seen["paid_on"]) == ("3025.00", "2026-01-12")
    (balance,) = (await api.get(f"/v1/balances/{radio.client_id}")).json()["items"]
    assert (balance["invoiced_amount"], balance["balance_amount"]) == ("3025.00", "0.00")
    take_off = f"{apply}/{applied['applications'][0]['id']}/transitions"
    off = await post(api, take_off, {"to": "unapplied"}, applied["version"])
    assert off.json()["unapplied_amount"] == "3025.00"
    listed_payments = (await api.get("/v1/payments", params={"client_id": str(radio.client_id)})).json()["items"]
    assert [one["amount"] for one in listed_payments] == ["3025.00"]


@pytest.mark.rule("CT-CYC-11")
async def test_a_proposal_is_declined_at_the_door(api: httpx.AsyncClient, radio: Radio) -> None:
    radio.terms = {"billing_cycle": "begin_of_schedule"}
    await radio.tell()
    await radio.trash(*radio.units(february(6)))
    (found,) = (await api.get("/v1/credit-proposals", params={"state": "proposed"})).json()["items"]
    assert (found["gross_amount"], found["total_amount"]) == ("110.00", "110.00")
    path = f"credit-proposals/{found['id']}"
    assert len((await api.get(f"/v1/{path}")).json()["unit_ids"]) == 2
    nothing = await post(api, f"{path}/transitions", {"to": "declined", "reason": ""}, found["version"])
    assert nothing.status_code == 422
    done = await post(api, f"{path}/transitions", {"to": "declined", "reason": "agreed by phone"}, found["version"])
    assert (done.json()["state"], done.json()["credit_note_id"]) == ("declined", None)
    again = await post(api, f"{path}/transitions", {"to": "approved", "reason": "after all"}, done.json()["version"])
    assert refusal(again) == (409, "state")


@pytest.mark.rule("CT-ITY-08", "CT-ITY-13")
async def test_documents_at_the_door(api: httpx.AsyncClient, radio: Radio) -> None:
    radio.terms = {"affidavit": "affidavit"}
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    (pending, _) = await listed(api)
    proof = await api.get(f"/v1/invoices/{pending['id']}/document")
    assert refusal(proof) == (409, "station_text_missing")
    assert proof.json()["blockers"][0]["link"] == f"/v1/contracts/stations/{radio.station_id}"
    early = await post(api, f"invoices/{pending['id']}/documents", {})
    assert refusal(early) == (409, "not_approved")
    radio.terms = {"affidavit": "none"}
    await radio.tell()
    shown = await api.get(f"/v1/invoices/{pending['id']}/document")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "application/pdf")
    await post(api, "invoices/bulk", {"invoice_ids": [pending["id"]], "to": "issued"})
    printed = await post(api, f"invoices/{pending['id']}/documents", {})
    assert printed.content == (await api.get(f"/v1/invoices/{pending['id']}/document")).content


async def test_each_command_asks_for_its_right(api: httpx.AsyncClient, radio: Radio) -> None:
    reader = bearer("invoice:read", tenant_id=radio.world.context.tenant_id)
    id_ = new_id()
    for path in (
        "payments", f"payments/{id_}/applications", f"payments/{id_}/applications/{id_}/transitions", "gatherings",
        "credit-notes/bulk", f"credit-proposals/{id_}/transitions", f"invoices/{id_}/documents",
    ):  # fmt: skip
        answer = await api.post(f"/v1/{path}", json={}, headers=reader | {"Idempotency-Key": "k"})
        assert refusal(answer) == (403, "forbidden"), path
