"""The registers of the buy side, with the rules of each (MA-REG)."""

from collections.abc import Mapping
from typing import Any

from services.contracts import tables
from services.contracts.application.parameters import parameters_of
from services.contracts.application.rebooking import Rebooked, rebook
from services.contracts.application.registers import Followed, Named, Register, Taken, tell
from services.contracts.application.retelling import retell_allocated_later, retell_later
from services.contracts.application.shares import standing
from services.contracts.domain import register as rules
from services.contracts.repository.media import bookings, insertions_of_plan
from services.contracts.repository.rows import Record, change, find, table_of
from services.contracts.repository.shares import shares_of
from shared.events import contracts as told
from shared.kernel.errors import Fault, Forbidden, Invalid, NotAllowedNow, NotFound
from shared.runtime.db import AsyncSession


def _agency_not_found() -> NotFound:
    """MA-REG-14."""
    message = "The agency is not in the register."
    return NotFound(
        "agency_not_found", message, faults=[Fault("/ad_agency_id", "agency_not_found", message, field="ad_agency_id")]
    )


async def _agency_is_open(_session: AsyncSession, before: Record | None, client: Record, named: Named) -> None:
    """`agency_blocked`: a blocked agency stays where it is, but is not newly named (MA-REG-14)."""
    agency_id = client["ad_agency_id"]
    if agency_id and named[agency_id]["blocked"] and not (before and before["ad_agency_id"] == agency_id):
        raise Invalid.of([Fault("/ad_agency_id", "agency_blocked", "The agency is blocked.", field="ad_agency_id")])


def _names_an_agreement(plan: Mapping[str, Any]) -> None:
    """`agreement_required` (MA-REG-05)."""
    if plan["agreement_id"] is None:
        message = "A plan names an agreement."
        raise Invalid.of([Fault("/agreement_id", "agreement_required", message, field="agreement_id")])


async def _one_automatic(session: AsyncSession, before: Record | None, text: Record, _named: Named) -> None:
    """`automatic_text_exists`: at most one claim text comes by itself (MA-MIN-30)."""
    table = table_of(tables.ClaimText)
    if text["automatic"] and not (before and before["automatic"]):
        found = await find(session, tables.ClaimText, table.c.automatic.is_(True))
        if found:
            raise NotAllowedNow("automatic_text_exists", "Another text comes automatically.")


async def _client_may_change(session: AsyncSession, before: Record | None, plan: Record, named: Named) -> None:
    """`parameter_off`: a plan with invoiced insertions keeps its client unless a parameter says else (MA-REG-17)."""
    if before is None or before["client_id"] == plan["client_id"]:
        return
    rows = await insertions_of_plan(session, before["id"])
    invoiced = await shares_of(session, [row["id"] for row in rows])
    parameters = await parameters_of(session, named[plan["client_id"]]["legal_entity_id"])
    if any(map(standing, invoiced.values())) and not parameters.change_client_in_reconciliation:
        raise Forbidden("parameter_off", "A parameter must allow changing the client of what is invoiced.")


async def _rebook_plan(session: AsyncSession, before: Record, plan: Record) -> None:
    """What insertions take from their plan follows it (MA-REG-05, MA-REC-22)."""
    by_plan = await insertions_of_plan(session, plan["id"], lock=True)
    client_id = plan["client_id"] if before["client_id"] != plan["client_id"] else None
    moved = before["agreement_id"] != plan["agreement_id"]
    orders = await bookings(session, {row["order_id"] for row in by_plan})
    of_plan = [row for row in by_plan if orders[row["order_id"]]["agreement_id"] is None]
    if moved:
        await rebook(session, of_plan, Rebooked(money=True, client_id=client_id))
        by_plan = [row for row in by_plan if orders[row["order_id"]]["agreement_id"] is not None]
    await rebook(session, by_plan, Rebooked(client_id=client_id))


def _feeding(*dependents: tuple[Register, str]) -> Followed:
    """Carries a changed record's values on to the records that take them from it, and tells those."""

    async def follow(session: AsyncSession, _before: Record, record: Record) -> None:
        for register, name in dependents:
            values = register.taken[name].values
            taking = await find(session, register.table, table_of(register.table).c[name] == record["id"], lock=True)
            pairs = [(row, {**row, **{own: record[theirs] for own, theirs in values.items()}}) for row in taking]
            changed = [(row, {**after, "version": row["version"] + 1}) for row, after in pairs if after != row]
            await change(session, register.table, [after for _, after in changed])
            await tell(session, register, [after for _, after in changed])
            for row, after in changed if register.followed else ():
                await register.followed(session, row, after)  # type: ignore[misc]

    return follow


_CASH_DISCOUNT = ("cash_discount_percent", "cash_discount_days")
CLIENT = Register(
    "client",
    tables.Client,
    told.ClientChanged,
    {
        "legal_entity_id": tables.LegalEntity,
        "agency_id": tables.Agency,
        "salesperson_id": tables.Salesperson,
        "tax_id": tables.Tax,
        "primary_conflict_id": tables.Conflict,
        "secondary_conflict_id": tables.Conflict,
        "line_station_id": tables.Station,
        "vat_code_id": tables.VatCode,
        "payment_terms_id": tables.PaymentTerms,
        "ad_agency_id": tables.AdAgency,
    },
    taken={
        "vat_code_id": Taken({"vat_percent": "percent"}),
        "payment_terms_id": Taken(
            {name: name for name in _CASH_DISCOUNT} | {"payment_days": "days", "from_month_end": "from_month_end"}
        ),
    },
    unknown={"ad_agency_id": _agency_not_found},
    sound=rules.check_client,
    allowed=_agency_is_open,
)
MEDIA = Register(
    "media",
    tables.Media,
    told.MediaChanged,
    {"supplier_id": tables.Supplier, "media_type_id": tables.MediaType},
    taken={
        "media_type_id": Taken(
            {
                "media_type": "code",
                "ad_check_required": "ad_check_required",
                "look_ahead_days": "look_ahead_days",
            },
            otherwise={"media_type": "", "ad_check_required": False, "look_ahead_days": 0},
        )
    },
    followed=retell_later,
)
AGREEMENT = Register(
    "agreement",
    tables.Agreement,
    told.AgreementChanged,
    {"fee_terms_id": tables.PaymentTerms},
    taken={"fee_terms_id": Taken({"fee_payment_days": "days", "fee_from_month_end": "from_month_end"})},
    sound=rules.check_agreement,
    followed=retell_allocated_later,
)
PLAN = Register(
    "plan",
    tables.Plan,
    told.PlanChanged,
    {"client_id": tables.Client, "agreement_id": tables.Agreement},
    sound=_names_an_agreement,
    allowed=_client_may_change,
    followed=_rebook_plan,
)
AD_AGENCY = Register(
    "ad_agency",
    tables.AdAgency,
    told.AdAgencyChanged,
    {"supplier_id": tables.Supplier},
    taken={"supplier_id": Taken({"supplier_no": "code"}, otherwise={"supplier_no": ""})},
)
SUPPLIER = Register("supplier", tables.Supplier, told.SupplierChanged, followed=_feeding((AD_AGENCY, "supplier_id")))
VAT_CODE = Register("vat_code", tables.VatCode, told.VatCodeChanged, followed=_feeding((CLIENT, "vat_code_id")))
PAYMENT_TERMS = Register(
    "payment_terms",
    tables.PaymentTerms,
    told.PaymentTermsChanged,
    followed=_feeding((CLIENT, "payment_terms_id"), (AGREEMENT, "fee_terms_id")),
)
MEDIA_TYPE = Register(
    "media_type", tables.MediaType, told.MediaTypeChanged, followed=_feeding((MEDIA, "media_type_id"))
)
PRICE_CODE = Register("price_code", tables.PriceCode, told.PriceCodeChanged, sound=rules.check_price_code)
RECONCILIATION_CODE = Register(
    "reconciliation_code",
    tables.ReconciliationCode,
    told.ReconciliationCodeChanged,
    sound=rules.check_reconciliation_code,
)
CLAIM_TEXT = Register("claim_text", tables.ClaimText, told.ClaimTextChanged, allowed=_one_automatic)
