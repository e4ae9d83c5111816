"""What tests of invoice distribution share: a mail server with moods, printed invoices, the list's door."""

from typing import Any

import httpx
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.embedded.mail import MailSink
from tests.invoicing.working import work_off
from tests.invoicing.world import World

MAY_SEND = ("distribution:read", "distribution:write", "job:write", "credit_note:write", "invoice:read")


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
