"""Whole invoices credited, to the cent."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.hear_registers import keep_records
from shared.events.contracts import InsertionState, LegalEntityChanged
from shared.kernel.errors import Invalid, NotAllowedNow, NotFound
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from tests.invoicing.radio import JANUARY, Radio, february, january
from tests.invoicing.world import World

ON = date(2026, 11, 5)


async def credit(world: World, *, block: bool = False, on: date = ON, invoice_id: object = None) -> str:
    """Credit the tenant's newest ordinary invoice, or the one given."""
    (row, *_) = await world.rows("SELECT id FROM invoice WHERE reverses_id IS NULL ORDER BY no DESC NULLS LAST") or [
        {"id": new_id()}
    ]
    async with world.database.transaction(world.context) as session:
        issued = await credit_invoice(session, invoice_id or row["id"], block=block, reason="wrong client", on=on)
    return issued.invoice_no


@pytest.mark.rule("MA-CRD-01", "MA-CRD-04", "MA-GEN-02")
async def test_a_credit_note_mirrors_the_invoice_and_its_items_are_billed_again_as_in_ex_09(
    database: Database, context: Context
) -> None:
    world = await World(database, context).open()
    client = await world.client()
    await world.tell(world.insertion(client, "18690.00"), world.insertion(client, "9345.00"))
    await world.run()
    assert await credit(world) == "N2026-00002"
    documents = await world.rows(
        "SELECT document, gross_amount, net_amount, vat_amount, total_amount, media_deduction_amount, vat, version, "
        "reverses_id IS NOT NULL AS mirrors, reversed_by_id IS NOT NULL AS mirrored FROM invoice ORDER BY no"
    )
    original, note = documents
    assert (original["total_amount"], note["total_amount"]) == (3504375, -3504375)
    assert (note["document"], note["mirrors"], original["mirrored"], original["version"]) == (
        "credit_note",
        True,
        True,
        2,
    )
    assert note["media_deduction_amount"] == -original["media_deduction_amount"]
    assert note["vat"] == [{"percent": "25", "base_amount": -2803500, "vat_amount": -700875}]
    sides = await world.rows("SELECT role, sum(debit) - sum(credit) AS sum FROM voucher_line GROUP BY role")
    assert {row["sum"] for row in sides} == {0}
    (told,) = await world.rows("SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key LIKE '%reversed%'")
    assert (told["data"]["reverses_no"], told["data"]["total_amount"]) == ("N2026-00001", "-35043.75")
    assert [line["amount"] for line in told["data"]["lines"]] == ["-18690.00", "-9345.00"]
    done = await world.run()
    assert done["total_amounts"] == {"EUR": 3504375}
    assert await world.broken() == {}


@pytest.mark.rule("MA-CRD-03")
async def test_blocked_items_are_not_billed_again(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    await world.tell(world.insertion(await world.client()))
    await world.run()
    await credit(world, block=True)
    assert (await world.run())["invoice_count"] == 0
    (left_out,) = await world.rows("SELECT reason FROM invoice_run_left_out")
    assert left_out["reason"] == "not_definitive"


@pytest.mark.rule("MA-CRD-02", "MA-CRD-01", "PI-CAN-09")
async def test_what_cannot_be_credited(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    insertion = world.insertion(client)
    await world.tell(insertion)
    await world.run()
    with pytest.raises(NotFound) as missing:
        await credit(world, invoice_id=new_id())
    assert missing.value.code == "invoice_not_found"
    with pytest.raises(Invalid) as early:
        await credit(world, on=date(2026, 10, 30))
    assert early.value.code == "pi_e_25"
    credited = world.insertion(client, "-100.00", original_id=insertion.id, credit=True, correction_kind="external")
    await world.tell(credited)
    with pytest.raises(NotAllowedNow) as partly:
        await credit(world)
    assert partly.value.code == "partly_credited"
    await world.tell(credited.model_copy(update={"status": "cancelled", "version": 2}))
    await credit(world)
    with pytest.raises(NotAllowedNow) as twice:
        await credit(world)
    assert twice.value.code == "already_reversed"
    (note,) = await world.rows("SELECT id FROM invoice WHERE reverses_id IS NOT NULL")
    with pytest.raises(NotAllowedNow) as reversal:
        await credit(world, invoice_id=note["id"])
    assert reversal.value.code == "is_reversal"
    assert await world.broken() == {}


@pytest.mark.rule("CT-LIF-16", "CT-CYC-19")
async def test_a_reversed_contract_invoice_is_gathered_again(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    await radio.issue()
    await credit(radio.world, on=january(31))
    assert (await radio.invoices())[0] == ("pending", "normal", *JANUARY, 33, 181500)
    assert await radio.issue() == "N2026-00003"
    assert await radio.world.broken() == {}


@pytest.mark.rule("MA-CRD-02", "MA-INS-18")
async def test_an_invoice_is_partly_credited_also_when_the_credit_bills_somebody_else(world: World) -> None:
    head, other, third = [await world.client(code) for code in ("HEAD", "OTHER", "THIRD")]
    shares = [world.insertion(one, "50.00").shares[0] for one in (head, other)]
    whole, shared = world.insertion(third), world.insertion(head, shares=shares)
    await world.tell(whole, shared)
    await world.run()
    of_client = {row["client_id"]: row["id"] for row in await world.rows("SELECT id, client_id FROM invoice")}

    async def partly(client: UUID) -> bool:
        try:
            async with world.database.transaction(world.context) as session:
                await credit_invoice(session, of_client[client], block=False, reason="Wrong", on=date(2026, 11, 2))
        except NotAllowedNow as refusal:
            return refusal.code == "partly_credited"
        return False

    def credit_of(original: InsertionState, client: UUID) -> InsertionState:
        changes = {"original_id": original.id, "credit": True, "correction_kind": "external"}
        return world.insertion(client, "-50.00", **changes)

    await world.tell(credit_of(whole, head), credit_of(shared, other))
    assert await partly(third)
    assert await partly(other)
    assert not await partly(head), "the credit of the other's share leaves the head client's invoice alone"


@pytest.mark.rule("MA-REG-22", "MA-INV-24")
async def test_every_credit_note_is_in_the_series_of_its_own(world: World) -> None:
    entity = LegalEntityChanged(
        id=world.legal_entity_id, code="NORD", name="Nord", version=2, currency="EUR", country="SE",
        vat_percent=Decimal(25), number_prefix="N", credit_series=True,
    )  # fmt: skip
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [entity])
    client = await world.client()
    for price in ("100.00", "-40.00", "0.00"):
        await world.tell(world.insertion(client, price))
        await world.run()
    await credit(world)
    numbers = [row["invoice_no"] for row in await world.rows("SELECT invoice_no FROM invoice ORDER BY issued_at, no")]
    assert numbers == ["N2026-00001", "NC2026-00001", "N2026-00002", "NC2026-00002"]
    assert await world.broken() == {}


@pytest.mark.rule("MA-CRD-01", "MA-CRD-06", "MA-GEN-02")
async def test_every_amount_of_every_line_is_mirrored(world: World) -> None:
    client = await world.client()
    amounts = {"gross": "120.05", "net": "110.03", "net_net": "93.53", "client_net": "99.03", "fee": "3.30"}
    amounts |= {"capital_cost": "0.59", "surcharge": "1.00", "price": "103.92"}
    priced = {f"{name}_amount": Decimal(amount) for name, amount in amounts.items()}
    shares = [world.insertion(client).shares[0].model_copy(update=priced)]
    await world.tell(world.insertion(client, shares=shares), world.insertion(client, "-0.33"))
    await world.run()
    await credit(world)
    names = [f"{name}_amount" for name in amounts if name not in ("surcharge", "price")] + ["amount"]
    columns = ", ".join(f"l.{name}" for name in names)
    lines = [
        await world.rows(
            f"SELECT {columns} FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id "
            "WHERE (i.reverses_id IS NOT NULL) = $1 ORDER BY l.line_no",
            of_note,
        )
        for of_note in (False, True)
    ]
    assert [[-amount for amount in row.values()] for row in lines[0]] == [list(row.values()) for row in lines[1]]
    assert sorted(row["capital_cost_amount"] for row in lines[0]) == [0, 59]
    assert await world.rows("SELECT account_no FROM voucher_line GROUP BY 1 HAVING sum(debit - credit) <> 0") == []
