"""Invoice distribution against a real mail server: sent once, again only at somebody's word (MA-INV-30)."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.embedded.mail import MailSink
from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.domain import distribution
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from tests.database import MakeDatabase
from tests.invoicing.door import door
from tests.invoicing.test_drafts import draft, lock
from tests.invoicing.working import errors_of, work_off
from tests.invoicing.world import RUN_DAY, World

_MAY = ("distribution:read", "distribution:write", "job:write", "credit_note:write", "invoice:read")
pytestmark = pytest.mark.rule("MA-INV-30")


class Server(MailSink):
    """A mail server with moods: what it answers to a recipient or to a mail, "" hanging up instead."""

    def __init__(self) -> None:
        super().__init__()
        self.says: dict[str, str] = {}
        self.offers = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        self.offers += 1
        answer = self.says.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.says.get("DATA", "250 OK")
        if answer.startswith("250") or not answer:
            await super().handle_DATA(server, session, envelope)
        if not answer:
            server.transport.abort()
        return answer or "250 OK"


@pytest_asyncio.fixture(loop_scope="session")
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A running mail server, which invoicing sends to."""
    async with Server() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: Database, context: Context) -> World:
    """An agency without invoices."""
    return await World(database, context).open()


@pytest_asyncio.fixture(loop_scope="session")
async def api(database: Database, context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may send."""
    async with door(database, context, *_MAY) as client:
        yield client


async def invoices(world: World, *emails: str, price: str = "100.00") -> list[str]:
    """The ids of printed invoices, one for a client of each address."""
    for number, email in enumerate(emails):
        client = await world.client(f"C{number}{email}", email=email)
        await world.tell(world.insertion(client, price))
    await world.run()
    await work_off(world, "print_documents")
    return [str(row["id"]) for row in await world.rows("SELECT id FROM invoice WHERE no IS NOT NULL ORDER BY no")]


async def send(api: httpx.AsyncClient, *invoice_ids: str, resend: bool = False) -> list[tuple[int, str]]:
    """What became of each: status and code."""
    answer = await api.post("/v1/distribution/bulk", json={"invoice_ids": invoice_ids, "resend": resend})
    assert answer.status_code == 207, answer.text
    return [(one["status"], one["code"]) for one in answer.json()["items"]]


async def standing(api: httpx.AsyncClient, **filters: Any) -> dict[str, tuple[str, str]]:
    """Status and failure code by invoice."""
    rows = (await api.get("/v1/distribution", params=filters)).json()["items"]
    return {row["invoice_id"]: (row["status"], row["failure_code"]) for row in rows}


async def pass_time(world: World) -> None:
    """What was put off is due now."""
    await world.rows("UPDATE distribution SET next_try_at = now() WHERE next_try_at IS NOT NULL")


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


@pytest.mark.parametrize("at", ["DATA", "a@alfa.example"])
async def test_a_mail_that_the_server_refuses_for_good_fails_alone_and_is_retried_by_hand(
    world: World, api: httpx.AsyncClient, server: Server, at: str
) -> None:
    server.says[at] = "550 no such reader"
    first, second = await invoices(world, "a@alfa.example", "b@beta.example")
    await send(api, first)
    done = await work_off(world, "send_invoices")
    assert (done["state"], await errors_of(world, done["id"])) == ("completed_with_errors", {first: "mail_refused"})
    assert await standing(api) == {first: ("failed", "mail_refused"), second: ("not_sent", "")}
    assert "no such reader" in (await api.get(f"/v1/distribution/{first}")).json()["failure_text"]
    server.says.clear()
    assert (await api.post(f"/v1/jobs/{done['id']}/retries")).status_code == 202
    again = await work_off(world, "send_invoices")
    assert (again["state"], again["result"]["sent_count"]) == ("completed", 1)
    assert await standing(api, status="sent") == {first: ("sent", "")}
    assert len(server.mails) == 1


async def test_a_refused_recipient_keeps_the_mail_from_all_and_the_next_mail_goes_out(
    world: World, api: httpx.AsyncClient, server: Server
) -> None:
    server.says["bo@alfa.example"] = "551 moved"
    first, second = await invoices(world, "anna@alfa.example, bo@alfa.example", "b@beta.example")
    await send(api, first, second)
    await work_off(world, "send_invoices")
    assert await standing(api) == {first: ("failed", "mail_refused"), second: ("sent", "")}
    assert [mail.recipients for mail in server.mails] == [["b@beta.example"]]


@pytest.mark.parametrize("at", ["DATA", "a@alfa.example"])
async def test_a_mail_that_the_server_defers_is_tried_again_as_the_same_mail(
    world: World, api: httpx.AsyncClient, server: Server, at: str
) -> None:
    server.says[at] = "451 come back later"
    (invoice,) = await invoices(world, "a@alfa.example")
    await send(api, invoice)
    waiting = await work_off(world, "send_invoices")
    assert waiting["state"] == "running"
    row = (await api.get(f"/v1/distribution/{invoice}")).json()
    assert (row["status"], row["tries"], row["next_try_at"] is not None) == ("queued", 1, True)
    assert (await work_off(world, "send_invoices"))["state"] == "running"
    assert server.offers == 1, "it waits its turn"
    server.says.clear()
    await pass_time(world)
    assert (await work_off(world, "send_invoices"))["state"] == "completed"
    row = (await api.get(f"/v1/distribution/{invoice}")).json()
    assert (row["status"], row["tries"], row["failure_code"]) == ("sent", 2, "")
    assert len(server.mails) == 1


async def test_a_mail_deferred_for_ever_is_given_up(world: World, api: httpx.AsyncClient, server: Server) -> None:
    server.says["DATA"] = "451 come back later"
    (invoice,) = await invoices(world, "a@alfa.example")
    await send(api, invoice)
    for _ in distribution.DELAYS:
        assert (await work_off(world, "send_invoices"))["state"] == "running"
        await pass_time(world)
    done = await work_off(world, "send_invoices")
    assert (done["state"], await errors_of(world, done["id"])) == ("completed_with_errors", {invoice: "mail_gave_up"})
    assert server.offers == 1 + len(distribution.DELAYS)


def test_tries_lie_further_and_further_apart() -> None:
    now = distribution.datetime(2026, 10, 31)
    waits = [distribution.next_try_at(tries, now) for tries in range(1, 7)]
    assert [one and one - now for one in waits] == [
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=6),
        None,
    ]


@pytest.mark.parametrize("trouble", ["down", "no tls"])
async def test_a_server_that_cannot_be_reached_holds_up_all_mails_and_loses_none(
    world: World, api: httpx.AsyncClient, server: Server, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    sent = await invoices(world, "a@alfa.example", "b@beta.example", "c@ceta.example")
    await send(api, *sent)
    if trouble == "down":
        await server.__aexit__(None, None, None)
    else:
        monkeypatch.setenv("MB_INVOICING_SMTP_TLS", "starttls")
    assert (await work_off(world, "send_invoices"))["state"] == "running"
    tries = await world.rows("SELECT status, tries, handed_over_at FROM distribution")
    assert [tuple(row.values()) for row in tries] == [("queued", 1, None)] * 3
    assert server.mails == []
    await pass_time(world)
    if trouble == "down":
        await server.__aenter__()
    else:
        monkeypatch.setenv("MB_INVOICING_SMTP_TLS", "none")
    done = await work_off(world, "send_invoices")
    assert (done["state"], done["result"]["sent_count"], len(server.mails)) == ("completed", 3, 3)


async def test_without_a_mail_server_nothing_waits_in_vain(
    world: World, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MB_INVOICING_SMTP_HOST", raising=False)
    (invoice,) = await invoices(world, "a@alfa.example")
    await send(api, invoice)
    done = await work_off(world, "send_invoices")
    assert await errors_of(world, done["id"]) == {invoice: "mail_not_configured"}
    assert await standing(api) == {invoice: ("failed", "mail_not_configured")}
    assert await send(api, invoice) == [(202, "")]


async def doubt(world: World, api: httpx.AsyncClient, server: Server) -> str:
    """An invoice whose mail server took it and then hung up instead of saying so."""
    server.says["DATA"] = ""
    (invoice,) = await invoices(world, "a@alfa.example")
    await send(api, invoice)
    done = await work_off(world, "send_invoices")
    assert (done["state"], await errors_of(world, done["id"])) == ("completed_with_errors", {invoice: "mail_in_doubt"})
    server.says.clear()
    return invoice


async def test_a_mail_without_an_answer_is_in_doubt_and_not_sent_again_by_anybody(
    world: World, api: httpx.AsyncClient, server: Server
) -> None:
    invoice = await doubt(world, api, server)
    assert await standing(api) == {invoice: ("failed", "mail_in_doubt")}
    for resend in (False, True):
        assert await send(api, invoice, resend=resend) == [(409, "mail_in_doubt")]
    (job,) = await world.rows("SELECT id FROM job WHERE kind = 'send_invoices'")
    await api.post(f"/v1/jobs/{job['id']}/retries")
    retried = await work_off(world, "send_invoices")
    assert await errors_of(world, retried["id"]) == {invoice: "mail_in_doubt"}
    assert len(server.mails) == 1


@pytest.mark.parametrize(("arrived", "again"), [("sent", (409, "already_sent")), ("not_sent", (202, ""))])
async def test_a_person_settles_a_doubt(
    world: World, api: httpx.AsyncClient, server: Server, arrived: str, again: tuple[int, str]
) -> None:
    invoice = await doubt(world, api, server)
    url, said = f"/v1/distribution/{invoice}", {"to": arrived, "reason": "asked the client"}
    version = (await api.get(url)).headers["etag"]
    assert (await api.post(f"{url}/transitions", json=said)).status_code == 428
    settled = await api.post(f"{url}/transitions", json=said, headers={"If-Match": version})
    assert (settled.json()["status"], settled.json()["failure_code"]) == (arrived, "")
    assert (settled.json()["sent_at"] is not None) == (arrived == "sent")
    twice = await api.post(f"{url}/transitions", json=said, headers={"If-Match": settled.headers["etag"]})
    assert (twice.status_code, twice.json()["code"]) == (409, "not_in_doubt")
    (logged,) = await world.rows("SELECT reason FROM audit WHERE action = 'invoice.sending_settled'")
    assert logged["reason"] == "asked the client"
    assert await send(api, invoice) == [again]
    await work_off(world, "send_invoices")
    if arrived == "not_sent":
        assert len({mail.message["Message-ID"] for mail in server.mails}) == 1, "the reader can tell"


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


@pytest.mark.fault
@pytest.mark.parametrize(("point", "arrived"), [("mailing.before_hand_over", 0), ("mailing.after_hand_over", 1)])
async def test_a_worker_killed_while_it_hands_over_never_sends_twice(
    fresh_database: MakeDatabase, context: Context, server: Server, point: str, arrived: int
) -> None:
    made = await fresh_database("invoicing")
    database = Database(made.app_url)
    try:
        world = await World(database, context).open()
        sent = await invoices(world, "a@alfa.example", "b@beta.example")
        async with door(database, context, *_MAY) as api:
            await send(api, *sent)
            environment = {**os.environ, "MB_TEST_FAILPOINTS": f"{point}=1"}
            worker = [sys.executable, "-m", "tests.invoicing.mail_worker", made.app_url]
            killed = await asyncio.create_subprocess_exec(*worker, env=environment, stderr=subprocess.DEVNULL)
            async with asyncio.timeout(60):
                assert await killed.wait() == -9
            assert len(server.mails) == arrived
            done = await work_off(world, "send_invoices")
            assert done["state"] == "completed_with_errors"
            assert await standing(api) == {sent[0]: ("failed", "mail_in_doubt"), sent[1]: ("sent", "")}
            assert [mail.recipients for mail in server.mails][arrived:] == [["b@beta.example"]]
    finally:
        await database.close()
