"""What a mail server's answers, its silence and a worker's death make of a mail (MA-INV-30)."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.invoicing.domain import distribution
from shared.runtime.db import Context, Database
from tests.database import MakeDatabase
from tests.invoicing.door import door
from tests.invoicing.post import MAY_SEND, Server, invoices, pass_time, send, standing
from tests.invoicing.working import errors_of, work_off
from tests.invoicing.world import World

pytestmark = pytest.mark.rule("MA-INV-30")


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
    now = datetime(2026, 10, 31, tzinfo=UTC)
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
        async with door(database, context, *MAY_SEND) as api:
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
