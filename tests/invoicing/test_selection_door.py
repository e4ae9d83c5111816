"""What a run's selection finds, and how it is refused at the door (MA-INV-02, MA-INV-03, MA-INV-08, MA-INV-14)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.invoicing.application.hear_registers import keep_records
from shared.events.contracts import MediaChanged, MediaTypeChanged, PlanChanged
from shared.kernel.ids import new_id
from tests.invoicing.door import door
from tests.invoicing.world import World

Json = dict[str, Any]
NOBODY = "01900000-0000-7000-8000-000000000000"


async def ask(world: World, criteria: Json, mode: str = "live", **switches: Any) -> tuple[int, Json]:
    """The answer to a run of these criteria."""
    body = {"mode": mode, "invoice_on": "2026-10-31", "criteria": criteria, "switches": switches}
    async with door(world.database, world.context, "invoice_run:write") as api:
        answer = await api.post("/v1/invoice-runs", json=body)
        return answer.status_code, answer.json()


async def billed(world: World, criteria: Json, **switches: Any) -> set[UUID]:
    """The insertions that a live run of these criteria bills."""
    status, body = await ask(world, criteria, **switches)
    assert status == 202, body
    await world.work_off(body["id"])
    rows = await world.rows(
        "SELECT l.billable_item_id FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id "
        "WHERE i.invoice_run_id = $1",
        UUID(body["id"]),
    )
    return {row["billable_item_id"] for row in rows}


@pytest.mark.rule("MA-INV-02", "MA-INV-03", "MA-INV-08")
@pytest.mark.parametrize(
    ("status", "code", "pointer", "criteria", "switches"),
    [
        (422, "bad_date_range", "/criteria/from_on", {"from_on": "2026-10-02", "to_on": "2026-10-01"}, {}),
        (422, "selection_empty", "/criteria", {"client_ids": []}, {}),
        (422, "also_not_checked_needs_number", "/switches/also_not_checked", {"owners": ["E"]},
         {"also_not_checked": True}),
        *(
            (404, "not_found", f"/criteria/{register}_ids", {f"{register}_ids": [NOBODY]}, {})
            for register in ("legal_entity", "client", "plan", "order", "media", "media_type", "agreement")
        ),
    ],
)  # fmt: skip
async def test_a_selection_is_refused_where_it_is_wrong_and_no_run_is_kept(
    world: World, status: int, code: str, pointer: str, criteria: Json, switches: Json
) -> None:
    await world.tell(world.insertion(await world.client()))
    answered, body = await ask(world, criteria, **switches)
    assert (answered, body["code"]) == (status, code)
    assert [(one["pointer"], one["code"]) for one in body["errors"]] == [(pointer, code)]
    assert await world.rows("SELECT id FROM invoice_run UNION ALL SELECT id FROM job") == []


@pytest.mark.rule("MA-INV-02")
async def test_media_are_chosen_by_their_type(world: World) -> None:
    client = await world.client()
    press, daily, radio = (new_id() for _ in range(3))
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [MediaTypeChanged(id=press, code="P", name="Press", version=1)])
        await keep_records(
            session,
            [
                MediaChanged(id=daily, code="D", name="D", version=1, currency="EUR", media_type_id=press),
                MediaChanged(id=radio, code="R", name="R", version=1, currency="EUR"),
            ],
        )
    in_press, on_air = world.insertion(client, media_id=daily), world.insertion(client, media_id=radio)
    await world.tell(in_press, on_air)
    assert await billed(world, {"media_type_ids": [str(press)]}) == {in_press.id}
    assert await billed(world, {"media_ids": [str(daily), str(radio)]}) == {on_air.id}


@pytest.mark.rule("MA-INV-03", "MA-INV-29")
async def test_a_campaign_of_a_client_split_otherwise_is_refused_and_nothing_to_bill_is_not(world: World) -> None:
    by_campaign = await world.client("ALFA", separate_by="campaign")
    by_plan = await world.client("BETA", separate_by="plan")
    spring = world.insertion(by_campaign, campaign="Spring")
    await world.tell(spring, world.insertion(by_plan, campaign="Autumn"))
    status, body = await ask(world, {"campaigns": ["Autumn"]})
    assert (status, body["errors"][0]["pointer"]) == (422, "/criteria/campaigns")
    assert body["code"] == "campaign_invoicing_off"
    assert await billed(world, {"campaigns": ["Spring"], "from_on": "2027-01-01"}) == set()
    assert await billed(world, {"campaigns": ["Spring"]}) == {spring.id}


@pytest.mark.rule("MA-INV-12", "MA-INV-14")
async def test_a_plan_names_its_client_and_not_those_who_bear_a_share_of_it(world: World) -> None:
    # The plan is that of the first client told.
    alfa = await world.client("ALFA", reference_required=True)
    beta = await world.client("BETA")
    half = world.insertion(alfa, client_reference="PO 1")
    shares = [half.shares[0].model_copy(update={"client_id": one, "percent": Decimal(50)}) for one in (alfa, beta)]
    await world.tell(half.model_copy(update={"shares": shares}))
    plan = {"plan_ids": [str(world.plan_id)]}
    assert await billed(world, {"order_ids": [str(half.order_id)]}, no_reference_number=False) == {half.id}
    moved = PlanChanged(
        id=world.plan_id, code="P1", name="Spring", version=2, client_id=beta, agreement_id=world.agreement_id
    )
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [moved])
    status, body = await ask(world, plan, no_reference_number=False)
    assert (status, body["code"]) == (422, "reference_not_required_by_client")
    assert [one["entity_id"] for one in body["errors"]] == [str(beta)]


@pytest.mark.rule("MA-INV-02")
@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("plan_ids", "plan_id", None), ("order_ids", "order_id", None), ("media_ids", "media_id", None),
        ("agreement_ids", "agreement_id", None), ("campaigns", "campaign", "Våren"), ("products", "product", "Kaffe"),
        ("owners", "owner", "Åsa"), ("currencies", "currency", "SEK"),
    ],
)  # fmt: skip
async def test_each_criterion_chooses(world: World, name: str, field: str, value: str | None) -> None:
    client, other = await world.client(separate_by="campaign"), new_id()
    wanted = world.insertion(client, **{field: value} if value else {})
    passed_over = world.insertion(client, **{field: "EUR" if field == "currency" else "Other" if value else other})
    await world.tell(wanted, passed_over)
    async with world.database.transaction(world.context) as session:
        medium = MediaChanged(id=wanted.media_id, code="M", name="M", version=1, currency="EUR")
        await keep_records(session, [medium])
    assert await billed(world, {name: [value or str(getattr(wanted, field))]}) == {wanted.id}


@pytest.mark.rule("MA-INV-14")
async def test_a_client_with_nothing_billable_stops_no_run(world: World) -> None:
    strict, easy = await world.client("ALFA", reference_required=True), await world.client("BETA")
    unchecked, fine = world.insertion(strict, ad_check_required=True), world.insertion(easy)
    prepared = world.insertion(strict, status="do_not_invoice")
    await world.tell(unchecked, fine, prepared)
    both = {"order_ids": [str(fine.order_id)]}
    status, body = await ask(world, both, also_not_checked=True)
    assert (status, body["code"]) == (422, "reference_choice_required")
    assert [one["entity_id"] for one in body["errors"]] == [str(strict)]
    assert await billed(world, both) == {fine.id}
