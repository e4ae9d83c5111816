"""Advance invoices as a clerk registers them, and invoicing's answers to what is asked of it."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from services.preinvoice.inbox import HANDLERS
from shared.events.contracts import InsertionDefinitive, InsertionState, PlanChanged, ShareState
from shared.events.envelope import Received
from shared.events.invoicing import InvoiceIssued, InvoiceRefused, InvoiceReversed
from shared.kernel.ids import derived_id, new_id
from tests.preinvoice.world import NOW, World

PATH = "/v1/advance-invoices"


def key() -> dict[str, str]:
    """A new idempotency key."""
    return {"Idempotency-Key": str(new_id())}


def at(shown: dict[str, Any]) -> dict[str, str]:
    """The version a change is based on."""
    return {"If-Match": f'"{shown["version"]}"'}


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and first pointer of a refusal."""
    told = answer.json()
    errors = told.get("errors") or [{}]
    return answer.status_code, told["code"], errors[0].get("pointer", "")


def bill(amount: str = "40000.00", **changes: Any) -> dict[str, Any]:
    """A taxable bill of one row."""
    plain = {"invoice_on": "2026-01-10", "due_on": "2026-02-09", "taxable": True}
    return plain | {"rows": [{"text": "Media spring", "amount": amount}]} | changes


class Advances:
    """Doors of advance invoices, and what contracts and invoicing tell of them."""

    def __init__(self, api: httpx.AsyncClient, world: World) -> None:
        self.api = api
        self.world = world
        self.issued = 0

    async def opened(self, **changes: Any) -> dict[str, Any]:
        """A new advance invoice of the world's client."""
        answer = await self.api.post(PATH, json={"client_id": str(self.world.client_id)} | changes)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def shown(self, advance: dict[str, Any]) -> dict[str, Any]:
        """As it stands now."""
        answer = await self.api.get(f"{PATH}/{advance['id']}")
        found: dict[str, Any] = answer.json()
        return found

    async def billed(self, advance: dict[str, Any], amount: str = "40000.00", **changes: Any) -> dict[str, Any]:
        """The same with one more bill."""
        answer = await self.api.post(f"{PATH}/{advance['id']}/bills", json=bill(amount, **changes))
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def asked(self, advance: dict[str, Any], position: int = -1) -> dict[str, Any]:
        """The same with a bill that awaits its number."""
        path = f"{PATH}/{advance['id']}/bills/{advance['bills'][position]['id']}/prints"
        answer = await self.api.post(path, headers=key())
        assert answer.status_code == 202, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def printed(self, amount: str = "40000.00", **changes: Any) -> dict[str, Any]:
        """A new advance invoice whose one bill has its number."""
        of_bill = {name: changes.pop(name) for name in list(changes) if name in ("invoice_on", "due_on", "taxable")}
        advance = await self.asked(await self.billed(await self.opened(**changes), amount, **of_bill))
        await self.world.hear(await self.issue(advance))
        return await self.shown(advance)

    async def issue(self, advance: dict[str, Any], position: int = -1, **changes: Any) -> InvoiceIssued:
        """Invoicing's answer: the bill's number."""
        self.issued += 1
        no = {"invoice_no": f"N2026-{self.issued:05d}"}
        return InvoiceIssued(**(await self._answer(advance, position) | no | changes))

    async def refuse(self, advance: dict[str, Any], code: str, position: int = -1) -> InvoiceRefused:
        """Invoicing's answer: it cannot be."""
        return InvoiceRefused(**(await self._answer(advance, position) | {"state": "removed", "refusal_code": code}))

    async def reverse(self, advance: dict[str, Any], position: int = -1) -> InvoiceReversed:
        """Invoicing's answer: the bill's credit note."""
        note = {"document": "credit_note", "reverses_id": advance["bills"][position]["invoice_id"]}
        return InvoiceReversed(**(await self._answer(advance, position) | note))

    async def _answer(self, advance: dict[str, Any], position: int) -> dict[str, Any]:
        bill_id = UUID(advance["bills"][position]["id"])
        (row,) = await self.world.rows("SELECT wish_id FROM advance_bill WHERE id = $1", bill_id)
        zero = {name: Decimal(0) for name in InvoiceIssued.model_fields if name.endswith("_amount")}
        return {
            **zero, "id": new_id(), "version": 1, "kind": "advance", "state": "issued",
            "legal_entity_id": self.world.legal_entity_id, "client_id": UUID(advance["client_id"]),
            "advance_invoice_id": UUID(advance["id"]), "advance_bill_id": bill_id,
            "wish_id": row["wish_id"],
            "currency": advance["currency"], "exchange_rate": Decimal(1), "invoice_on": date(2026, 1, 10),
        }  # fmt: skip

    async def plan(self, code: str = "7001", client_id: UUID | None = None, campaign: str = "") -> UUID:
        """Tell of a media plan."""
        id_ = derived_id(self.world.tenant, "plan", code)
        told = PlanChanged(
            id=id_, code=code, name=code, version=1, client_id=client_id or self.world.client_id, agreement_id=id_,
            campaign=campaign,
        )  # fmt: skip
        await self.world.hear(told)
        return id_

    async def insertion(
        self, price: str, plan_id: UUID, *clients: UUID, order: str = "1", **changes: Any
    ) -> InsertionState:
        """Tell of a definitive insertion that these clients share alike."""
        shared = clients or (self.world.client_id,)
        amount = Decimal(price) / len(shared)
        amounts = {name: amount for name in ShareState.model_fields if name.endswith("_amount")}
        told = InsertionState(
            **{
                "id": new_id(), "version": 1, "legal_entity_id": self.world.legal_entity_id, "client_id": shared[0],
                "plan_id": plan_id, "plan_no": "1", "order_id": derived_id(plan_id, order), "order_no": 1,
                "media_id": plan_id, "media_name": "Dagbladet", "agreement_id": plan_id,
                "insertion_on": date(2026, 3, 12), "status": "definitive", "currency": "EUR",
                "exchange_rate": Decimal(1),
                "shares": [
                    ShareState(client_id=one, percent=Decimal(100) / len(shared), **amounts) for one in shared
                ],
            } | changes
        )  # fmt: skip
        await self.hear_batch(told)
        return told

    async def hear_batch(self, *insertions: InsertionState) -> None:
        """Tell of insertions in one message."""
        received = Received(
            new_id(), new_id(), 1, self.world.tenant, new_id(), NOW, InsertionDefinitive(items=list(insertions))
        )
        async with self.world.database.transaction(self.world.context) as session:
            await HANDLERS[InsertionDefinitive](session, [received])
