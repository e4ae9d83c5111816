"""Taxes: their range, their parts, and merging one into another."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from services.contracts.application.registers import TAX, amend, create, get
from services.contracts.domain.tax import is_tax_rate, tax_faults
from services.contracts.schemas.contracts import ContractDraftShape
from services.contracts.schemas.registers import TaxRate, TaxShape
from shared.kernel.errors import Invalid
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.problem import fault_of


@pytest.mark.rule("CT-TAX-02")
@pytest.mark.parametrize(
    ("percent", "sound"),
    [("0", True), ("14.975", True), ("100", True), ("6.8755", True), ("-0.1", False), ("100.01", False)],
)
def test_a_tax_lies_between_0_and_100_with_four_decimals(percent: str, *, sound: bool) -> None:
    assert is_tax_rate(Decimal(percent)) is sound
    assert [fault.code for fault in tax_faults(Decimal(percent), [])] == ([] if sound else ["tax_rate"])


@pytest.mark.rule("CT-TAX-02")
def test_the_door_answers_a_fifth_decimal_with_the_rules_code() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(TaxRate).validate_python("6.87551")
    (error,) = refused.value.errors()
    assert fault_of(error).code == "tax_rate"


@pytest.mark.rule("CT-TAX-04")
@pytest.mark.parametrize(
    ("parts", "codes"), [((), []), (("5", "9.975"), []), (("5", "9.97"), ["tax_parts"]), (("14.975",), [])]
)
def test_parts_add_up_to_their_tax(parts: tuple[str, ...], codes: list[str]) -> None:
    found = tax_faults(Decimal("14.975"), [Decimal(one) for one in parts])
    assert [fault.code for fault in found] == codes


@pytest.mark.rule("CT-TAX-02", "CT-TAX-04")
def test_a_part_is_a_percentage_of_its_own() -> None:
    found = tax_faults(Decimal(5), [Decimal(10), Decimal(-5)])
    assert [(fault.pointer, fault.code) for fault in found] == [("/parts/1/percent", "tax_rate")]
    assert tax_faults(Decimal(0), [Decimal(0), Decimal(0)]) == []


@pytest.mark.rule("CT-TAX-01")
def test_a_contract_has_one_tax_or_none() -> None:
    two = {"client_id": str(new_id()), "tax_id": [str(new_id()), str(new_id())]}
    with pytest.raises(ValidationError) as refused:
        ContractDraftShape.model_validate(two)
    assert [error["loc"] for error in refused.value.errors()] == [("tax_id",)]


@pytest.mark.rule("CT-TAX-02", "CT-TAX-04")
async def test_a_tax_is_checked_kept_and_merged_into_another(
    pools: Callable[[str], Awaitable[Database]], tenant_id: UUID
) -> None:
    database, context = await pools("contracts"), Context(tenant_id, "clerk", new_id())

    async def kept(code: str, percent: str, *parts: str) -> UUID:
        named = [{"name": f"part {number}", "percent": one} for number, one in enumerate(parts, 1)]
        shape = TaxShape.model_validate({"code": code, "name": code, "percent": percent, "parts": named})
        async with database.transaction(context) as session:
            return (await create(session, TAX, shape.model_dump(), shape.model_fields_set))["id"]

    old, new = await kept("OLD", "6"), await kept("NEW", "14.975", "5", "9.975")
    with pytest.raises(Invalid) as parts:
        await kept("BAD", "14.975", "5", "9")
    assert parts.value.code == "tax_parts"

    async def merge(into: UUID, version: int) -> None:
        async with database.transaction(context) as session:
            before = await get(session, TAX, old)
            values = {name: before[name] for name in TaxShape.model_fields} | {"merged_into_id": into}
            await amend(session, TAX, old, version, values)

    with pytest.raises(Invalid) as itself:
        await merge(old, 1)
    assert itself.value.code == "merged_into_itself"
    with pytest.raises(Invalid) as unknown:
        await merge(new_id(), 1)
    assert unknown.value.code == "unknown_reference"
    await merge(new, 1)
    async with database.transaction(context, read_only=True) as session:
        merged = await get(session, TAX, old)
    assert (merged["blocked"], merged["merged_into_id"]) == (True, new)
