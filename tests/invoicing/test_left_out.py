"""Every insertion that a run looks at is on an invoice, or left out with the first reason met (MA-INV-06)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.invoicing.application.hear_registers import keep_records
from services.invoicing.domain.criteria import Corrections, SignChoice, Switches
from services.invoicing.domain.selection import Reason
from shared.events.contracts import AgreementChanged
from shared.kernel.ids import new_id
from tests.invoicing.door import door
from tests.invoicing.world import World


@dataclass(frozen=True)
class Case:
    """An insertion, its client and agreement, and the run that leaves it out while it bills another."""

    reason: Reason
    insertion: dict[str, Any] = field(default_factory=dict)
    price: str = "100.00"
    client: dict[str, Any] = field(default_factory=dict)
    agreement: dict[str, Any] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)
    # What a run billed in its place, where it is about more than one flaw of the insertion.
    billed: dict[str, Any] = field(default_factory=dict)
    billed_price: str = "100.00"


CASES = [
    *(
        Case(Reason.NOT_DEFINITIVE, {"status": status})
        for status in ("preliminary", "do_not_invoice", "pre_inv", "blocked")
    ),
    Case(Reason.NOT_AD_CHECKED, {"ad_check_required": True}),
    Case(
        Reason.NOT_CURRENT_INVOICING, agreement={"current_invoicing": False}, switches={"current_invoicing": True},
    ),
    Case(Reason.IS_CURRENT_INVOICING, agreement={"current_invoicing": True}, switches={"current_invoicing": False}),
    Case(Reason.CLIENT_WITHOUT_REFERENCE_RULE, switches={"no_reference_number": False}),
    Case(
        Reason.REFERENCE_MISSING, {"client_reference": " "}, client={"reference_required": True},
        switches={"no_reference_number": False}, billed={"client_reference": "PO 1"},
    ),
    Case(
        Reason.HAS_REFERENCE, {"client_reference": "PO 1"}, client={"reference_required": True},
        switches={"no_reference_number": True},
    ),
    Case(Reason.NOT_BEFORE_DATE, {"not_before_on": date(2026, 11, 1)}),
    Case(Reason.NOT_DUE, {"insertion_on": date(2026, 10, 5)}, agreement={"timing": "plan_last"}),
    Case(Reason.IS_CORRECTION, {"correction_kind": "external"}, switches={"corrections": Corrections.NO}),
    Case(
        Reason.NOT_INTERNAL_CORRECTION, {"correction_kind": "external"},
        switches={"corrections": Corrections.INTERNAL}, billed={"correction_kind": "internal"},
    ),
    Case(Reason.OTHER_SIGN, price="-5.00", switches={"sign": SignChoice.DEBIT}),
    Case(Reason.OTHER_SIGN, price="5.00", switches={"sign": SignChoice.CREDIT}, billed_price="-100.00"),
    Case(Reason.BELOW_MINIMUM, price="9.99", client={"minimum_amount": Decimal(10)}, billed_price="10.00"),
]  # fmt: skip


@pytest.mark.rule("MA-INV-06")
@pytest.mark.parametrize("mode", ["test", "live"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason.value} {case.insertion.get('status', '')}")
async def test_an_insertion_left_out_is_told_with_its_reason(world: World, mode: str, case: Case) -> None:
    flaw = AgreementChanged(id=new_id(), code="F", name="F", version=1, **case.agreement)
    sound = flaw.model_copy(
        update={
            "id": new_id(), "timing": "insertion",
            "current_invoicing": case.switches.get("current_invoicing", flaw.current_invoicing) or False,
        }
    )  # fmt: skip
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [flaw, sound])
    client = await world.client("ALFA", **case.client)
    # The billed one's client has the reference rule wherever the switch asks for it.
    rule = case.switches.get("no_reference_number") is not None
    other = await world.client("BETA", **{**case.client, **({"reference_required": True} if rule else {})})
    plan = new_id()
    left_out = world.insertion(client, case.price, **({"agreement_id": flaw.id, "plan_id": plan} | case.insertion))
    reference = {"client_reference": "PO 2"} if case.switches.get("no_reference_number") is False else {}
    fine = world.insertion(other, case.billed_price, **({"agreement_id": sound.id} | reference | case.billed))
    later = world.insertion(
        client, case.price, agreement_id=flaw.id, plan_id=plan, insertion_on=date(2026, 11, 9), status="do_not_invoice"
    )
    await world.tell(left_out, fine, *([later] if case.reason is Reason.NOT_DUE else []))
    run = await world.start(
        mode, switches=Switches(**case.switches), from_on=date(2026, 10, 1), to_on=date(2026, 10, 31)
    )
    done = await world.work(run)
    assert (done["invoice_count"], done["item_count"], done["left_out_count"]) == (1, 1, 1)
    async with door(world.database, world.context, "invoice_run:read") as api:
        url = f"/v1/invoice-runs/{run.id}/left-out"
        rows = (await api.get(url)).json()["items"]
        expected = {"billable_item_id": str(left_out.id), "client_id": str(client), "reason": case.reason.value}
        assert rows == [expected]
        assert (await api.get(url, params={"reason": case.reason.value})).json()["items"] == [expected]
        assert (await api.get(url, params={"reason": "another"})).json()["items"] == []
    if mode == "test":
        assert await world.rows("SELECT id FROM invoice") == []


@pytest.mark.rule("MA-INV-06", "MA-INV-26")
async def test_what_another_run_takes_is_told_and_what_neither_takes_as_well(world: World) -> None:
    client = await world.client()
    taken, unchecked = world.insertion(client), world.insertion(client, ad_check_required=True)
    await world.tell(taken, unchecked)
    await world.start()
    second = await world.start()
    await world.work(second)
    rows = await world.rows("SELECT billable_item_id, reason FROM invoice_run_left_out WHERE run_id = $1", second.id)
    assert {row["billable_item_id"]: row["reason"] for row in rows} == {
        taken.id: "in_another_run",
        unchecked.id: "not_ad_checked",
    }


@pytest.mark.rule("MA-INV-06")
def test_every_reason_of_a_run_has_its_case() -> None:
    assert {case.reason for case in CASES} | {Reason.IN_ANOTHER_RUN} == set(Reason)
