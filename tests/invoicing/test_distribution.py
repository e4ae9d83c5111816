"""The distribution list: what is sent, where to, and never twice but on request (MA-INV-30)."""

import asyncio
from datetime import date
from uuid import UUID

import httpx
import pytest

from services.invoicing.application.credit_invoice import credit_invoice
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from tests.invoicing.post import Server, invoices, send, standing
from tests.invoicing.test_drafts import draft, lock
from tests.invoicing.working import work_off
from tests.invoicing.world import RUN_DAY, World

pytestmark = pytest.mark.rule("MA-INV-30")


async def test_an_invoice_goes_out_once_with_its_document(world: World, api: httpx.AsyncClient, server: Server) -> None:
    (invoice,) = await invoices(world, "anna@alfa.example; bo@alfa.example")
    assert await standing(api) == {invoice: ("not_sent", "")}
    assert await send(api, invoice) == [(202, "")]
    assert await standing(api) == {invoice: ("queued", "")}
    assert await send(api, invoice) == [(409, "already_queued")]
    done = await work_off(world, "send_invoices")
    assert (done["state"], done["done_count"], done["result"]) == ("completed", 1, {"sent_count": 1, "failed_count": 0})
    (mail,) = server.mails
    assert mail.recipients == ["anna@alfa.example", "bo@alfa.example"]
    assert mail.message["From"] == "Nord Media AB <invoices@mediabilling.example>"
    assert mail.message["Subject"] == "Invoice N2026-00001 from Nord Media AB"
    (paper,) = mail.message.iter_attachments()
    (kept,) = await world.rows("SELECT content FROM document")
    assert (paper.get_filename(), paper.get_content()) == ("N2026-00001.pdf", kept["content"])
    assert "125.00 EUR, due on 2026-11-30" in mail.message.get_body().get_content()
    row = (await api.get(f"/v1/distribution/{invoice}")).json()
    assert (row["status"], row["sent_to"], row["tries"]) == ("sent", "anna@alfa.example, bo@alfa.example", 1)
    assert await send(api, invoice) == [(409, "already_sent")]
    assert len(server.mails) == 1


async def test_it_is_sent_again_on_request_without_crediting(
    world: World, api: httpx.AsyncClient, server: Server
) -> None:
    (invoice,) = await invoices(world, "anna@alfa.example")
    for resend in (False, True, True):
        assert await send(api, invoice, resend=resend) == [(202, "")]
        await work_off(world, "send_invoices")
    assert len({mail.message["Message-ID"] for mail in server.mails}) == 3
    assert await world.rows("SELECT id FROM invoice WHERE reverses_id IS NOT NULL") == []
    logged = await world.rows("SELECT entity_id FROM audit WHERE action = 'invoice.queued_for_sending'")
    assert [str(row["entity_id"]) for row in logged] == [invoice] * 3


async def test_the_list_is_filtered_by_kind_and_by_sent_or_not(
    world: World, api: httpx.AsyncClient, server: Server
) -> None:
    first, second = await invoices(world, "a@alfa.example", "b@beta.example")
    await lock(world, draft(world, await world.client("CAMP"), ("10.00", "25")))
    (campaign,) = await world.rows("SELECT id FROM invoice WHERE kind = 'campaign'")
    await send(api, first)
    await work_off(world, "send_invoices")
    assert set(await standing(api, kind="media")) == {first, second}
    assert set(await standing(api, kind="campaign")) == {str(campaign["id"])}
    assert set(await standing(api, status="sent")) == {first}
    assert set(await standing(api, status="not_sent", kind="media")) == {second}
    assert set(await standing(api, status=["queued", "failed"])) == set()
    refused = await api.get("/v1/distribution", params={"status": "lost"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value")


async def test_the_address_can_be_changed(world: World, api: httpx.AsyncClient, server: Server) -> None:
    (invoice,) = await invoices(world, "anna@alfa.example")
    url = f"/v1/distribution/{invoice}"
    found = await api.get(url)
    assert (found.json()["address"], found.headers["etag"]) == ("anna@alfa.example", '"0"')
    new = {"address": "finance@alfa.example"}
    assert (await api.patch(url, json=new)).status_code == 428
    changed = await api.patch(url, json=new, headers={"If-Match": '"0"'})
    assert (changed.json()["address"], changed.json()["status"]) == ("finance@alfa.example", "not_sent")
    late = await api.patch(url, json=new, headers={"If-Match": '"0"'})
    assert (late.status_code, late.json()["code"]) == (412, "stale_version")
    for bad in ("anna", "anna@alfa.example, bo", "a@b..example"):
        refused = await api.patch(url, json={"address": bad}, headers={"If-Match": changed.headers["etag"]})
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_address")
        assert refused.json()["errors"][0]["pointer"] == "/address"
    await send(api, invoice)
    queued = await api.get(url)
    refused = await api.patch(url, json={"address": ""}, headers={"If-Match": queued.headers["etag"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "already_queued")
    await work_off(world, "send_invoices")
    assert [mail.recipients for mail in server.mails] == [["finance@alfa.example"]]
    sent = await api.get(url)
    back = await api.patch(url, json={"address": ""}, headers={"If-Match": sent.headers["etag"]})
    assert (back.json()["address"], back.json()["status"]) == ("anna@alfa.example", "sent")


async def test_what_cannot_be_sent_is_refused_for_itself(world: World, api: httpx.AsyncClient, server: Server) -> None:
    nowhere, fine = await invoices(world, "", "fine@beta.example")
    await world.tell(world.insertion(await world.client("LATE", email="late@late.example")))
    await world.run()
    (unprinted,) = (set(await standing(api))) - {nowhere, fine}
    unknown = str(new_id())
    assert await send(api, nowhere, fine, unprinted, unknown) == [
        (409, "no_address"),
        (202, ""),
        (409, "not_printed"),
        (404, "invoice_not_found"),
    ]
    await work_off(world, "send_invoices")
    assert [mail.recipients for mail in server.mails] == [["fine@beta.example"]]
    answer = await api.post("/v1/distribution/bulk", json={"invoice_ids": [nowhere]})
    assert (answer.json()["job_id"], "location" in answer.headers) == (None, False)
    for path in ("", "/transitions"):
        missing = await api.request(
            "POST" if path else "PATCH", f"/v1/distribution/{unknown}{path}", headers={"If-Match": '"0"'},
            json={"to": "sent", "reason": "seen"} if path else {"address": ""},
        )  # fmt: skip
        assert (missing.status_code, missing.json()["code"]) == (404, "invoice_not_found")


@pytest.mark.rule("MA-REG-21")
async def test_an_invoice_of_zero_is_mailed_only_where_the_parameter_says_so(
    world: World, api: httpx.AsyncClient, server: Server, database: Database, context: Context
) -> None:
    (invoice,) = await invoices(world, "anna@alfa.example", price="0.00")
    assert await send(api, invoice) == [(409, "zero_amount")]
    async with database.transaction(context) as session:
        await world.parameters(session, email_zero_invoices=True)
    assert await send(api, invoice) == [(202, "")]
    await work_off(world, "send_invoices")
    assert len(server.mails) == 1


async def test_a_cancelled_job_leaves_its_invoices_where_they_were(
    world: World, api: httpx.AsyncClient, server: Server
) -> None:
    first, second = await invoices(world, "a@alfa.example", "b@beta.example")
    await send(api, first)
    await work_off(world, "send_invoices")
    await send(api, first, second, resend=True)
    (job,) = await world.rows("SELECT id, version FROM job WHERE state = 'queued' AND kind = 'send_invoices'")
    stop = {"to": "cancelled", "reason": "wrong month"}
    headers = {"If-Match": f'"{job["version"]}"'}
    assert (await api.post(f"/v1/jobs/{job['id']}/transitions", json=stop, headers=headers)).status_code == 200
    assert await standing(api) == {first: ("sent", ""), second: ("not_sent", "")}
    assert await send(api, first, second) == [(409, "already_sent"), (202, "")]
    await work_off(world, "send_invoices")
    assert len(server.mails) == 2


async def test_two_who_send_the_same_invoice_at_once_send_it_once(
    world: World, api: httpx.AsyncClient, server: Server
) -> None:
    sent = await invoices(world, "a@alfa.example", "b@beta.example")
    answers = await asyncio.gather(*(send(api, *sent) for _ in range(3)))
    assert sorted(answers) == [[(202, "")] * 2, [(409, "already_queued")] * 2, [(409, "already_queued")] * 2]
    await work_off(world, "send_invoices")
    assert len(server.mails) == 2


@pytest.mark.rule("MA-CRD-07", "MA-CRD-01")
async def test_a_credit_note_goes_through_distribution_and_the_reversing_form_mails_nobody(
    world: World, api: httpx.AsyncClient, server: Server, database: Database, context: Context
) -> None:
    (invoice,) = await invoices(world, "a@alfa.example")
    asked = {"reason": "wrong", "invoice_on": str(RUN_DAY), "mail_clients": True}
    for path, chosen in (("", {"invoice_id": invoice}), ("/bulk", {"invoice_ids": [invoice]})):
        refused = await api.post(f"/v1/credit-notes{path}", json={**asked, **chosen})
        assert (refused.status_code, refused.json()["code"]) == (422, "obsolete_field")
        assert refused.json()["errors"][0]["pointer"] == "/mail_clients"
    assert len(await standing(api)) == 1
    async with database.transaction(context) as session:
        await credit_invoice(session, UUID(invoice), block=False, reason="wrong", on=date(2026, 11, 1))
    await work_off(world, "print_documents")
    assert server.mails == []
    (note,) = await standing(api, document="credit_note")
    assert await send(api, note) == [(202, "")]
    await work_off(world, "send_invoices")
    (mail,) = server.mails
    assert mail.message["Subject"] == "Credit note N2026-00002 from Nord Media AB"
