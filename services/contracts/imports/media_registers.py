"""Files of the buy side's registers."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from services.contracts import tables
from services.contracts.application import media_registers as registers
from services.contracts.imports.cells import Flag, Number, References
from services.contracts.imports.register_files import RecordLine, as_is, register_kind, with_ids
from services.contracts.repository.rows import Record
from services.contracts.schemas import media_registers as media
from services.contracts.schemas import registers as shapes
from services.contracts.schemas.texts import Lines, Phrase, Word
from shared.events.fields import Amount, Code, CurrencyCode, Day
from shared.runtime.imports import ImportKind

Share = shapes.Share
_ZERO: Any = Field("0", validate_default=True)


def _percents(cell: Any) -> Any:
    return [one.strip() for one in cell.split(";") if one.strip()] if isinstance(cell, str) else cell


def _earned_share(cell: Any) -> Any:
    """`part 25` or `points 2` (MA-SET-03)."""
    if not isinstance(cell, str):
        return cell
    form, _, percent = cell.partition(" ")
    return {"form": form, "percent": percent.strip()}


Percents = Annotated[media.Percents, BeforeValidator(_percents)]
EarnedShare = Annotated[media.EarnedShareShape, BeforeValidator(_earned_share)]


class VatCodeLine(RecordLine):
    """vat_codes.csv"""

    percent: Share


class PaymentTermsLine(RecordLine):
    """payment_terms.csv"""

    days: Number
    from_month_end: Flag = False
    cash_discount_percent: Share = _ZERO
    cash_discount_days: Number = 0


class AdAgencyLine(RecordLine):
    """ad_agencies.csv"""

    address: Lines = ""
    supplier_code: str = ""
    language: Word = "en"
    vat_on_settlement: Flag = False
    cost_centre: Word = ""
    cost_object: Word = ""


class SupplierLine(RecordLine):
    """suppliers.csv"""

    currency: CurrencyCode
    payment_days: Number = 30


class MediaTypeLine(RecordLine):
    """media_types.csv"""

    ad_check_required: Flag = False
    default_status: media.DefaultStatus = ""
    look_ahead_days: Number = 0
    sales_account: Word = ""
    cost_account: Word = ""


class MediaLine(RecordLine):
    """media.csv"""

    supplier_code: str = ""
    currency: CurrencyCode
    media_type_code: str = ""
    default_status: media.DefaultStatus = ""


class AgreementLine(RecordLine):
    """agreements.csv: percentages of one cell are parted by semicolons; a fixed fee stands beside it."""

    current_invoicing: Flag = False
    current_deduction: Flag = False
    timing: str = Field("insertion", pattern="^(insertion|plan_first|plan_last|order_last)$")
    default_status: media.DefaultStatus = ""
    allocation_invoicing: str = Field("per_client", pattern="^(per_client|head_only|total)$")
    received_percents: Percents = []
    passed_on_percents: Percents = []
    fee_percent: Share = _ZERO
    fee_base: media.FeeBase = "net"
    fixed_fee_amount: Amount | None = None
    fixed_fee_currency: CurrencyCode | None = None
    capital_cost_percent: Share = _ZERO
    capital_cost_base: media.FeeBase = "client_net"
    fee_share: EarnedShare | None = None
    commission_share: EarnedShare | None = None
    capital_cost_share: EarnedShare | None = None
    fee_terms_code: str = ""


class ClientLine(RecordLine):
    """clients.csv"""

    legal_entity_code: Code
    category: Word = ""
    address: Lines = ""
    country: Word = ""
    vat_no: Word = ""
    email: Phrase = ""
    vat_percent: Share | None = None
    currency: CurrencyCode
    language: Word = "en"
    payment_days: Number = 30
    from_month_end: Flag = False
    cash_discount_percent: Share = _ZERO
    cash_discount_days: Number = 0
    separate_by: shapes.SplitLevel = "plan"
    reference_required: Flag = False
    minimum_amount: Amount = _ZERO
    agency_code: str = ""
    salesperson_code: str = ""
    tax_code: str = ""
    discount_percent: shapes.UsualDiscount = _ZERO
    billing_cycle: shapes.Cycle = "calendar"
    invoice_type: shapes.InvoiceType = "detail"
    pre_pay: Flag = False
    separation_method: shapes.SeparationMethod = "none"
    separation_distance: Number = 0
    vat_code: str = ""
    payment_terms_code: str = ""
    ad_agency_code: str = ""
    credit_limit_amount: Amount | None = None


class PlanLine(RecordLine):
    """plans.csv"""

    client_code: Code
    agreement_code: Code
    owner: Phrase = ""
    client_reference: Phrase = ""
    campaign: Phrase = ""
    product: Phrase = ""
    invoice_on: Day | None = None


def _agreement(one: AgreementLine, references: References) -> Record:
    charges = {name for name in AgreementLine.model_fields if name.startswith(("fee_percent", "fee_base", "fixed_fee"))}
    made: Record = one.model_dump(exclude=charges | {"fee_terms_code", "capital_cost_percent", "capital_cost_base"})
    fees = [_charge(one.fee_percent, one.fee_base)] if one.fee_percent else []
    if one.fixed_fee_amount is not None:
        currency = one.fixed_fee_currency
        fees.append({"percent": None, "amount": one.fixed_fee_amount, "base": "net", "currency": currency})
    return {
        **made,
        "fees": fees,
        "capital_cost": _charge(one.capital_cost_percent, one.capital_cost_base) if one.capital_cost_percent else None,
        "fee_terms_id": references.id("fee_terms_code", one.fee_terms_code),
    }


def _charge(percent: Decimal, base: str) -> Record:
    return {"percent": percent, "amount": None, "base": base, "currency": None}


MEDIA_REGISTERS: tuple[ImportKind, ...] = (
    register_kind("vat_codes", registers.VAT_CODE, VatCodeLine, {}, as_is),
    register_kind("payment_terms", registers.PAYMENT_TERMS, PaymentTermsLine, {}, as_is),
    register_kind("suppliers", registers.SUPPLIER, SupplierLine, {}, as_is),
    register_kind(
        "ad_agencies",
        registers.AD_AGENCY,
        AdAgencyLine,
        {"supplier_code": tables.Supplier},
        with_ids("supplier_code"),
    ),
    register_kind("media_types", registers.MEDIA_TYPE, MediaTypeLine, {}, as_is),
    register_kind(
        "media",
        registers.MEDIA,
        MediaLine,
        {"supplier_code": tables.Supplier, "media_type_code": tables.MediaType},
        with_ids("supplier_code", "media_type_code"),
    ),
    register_kind(
        "agreements",
        registers.AGREEMENT,
        AgreementLine,
        {"fee_terms_code": tables.PaymentTerms},
        _agreement,
        new={"fee_payment_days": None, "fee_from_month_end": False},
    ),
    register_kind(
        "clients",
        registers.CLIENT,
        ClientLine,
        {
            "legal_entity_code": tables.LegalEntity,
            "agency_code": tables.Agency,
            "salesperson_code": tables.Salesperson,
            "tax_code": tables.Tax,
            "vat_code": tables.VatCode,
            "payment_terms_code": tables.PaymentTerms,
            "ad_agency_code": tables.AdAgency,
        },
        with_ids(
            *("legal_entity_code", "agency_code", "salesperson_code", "tax_code"),
            *("payment_terms_code", "ad_agency_code"),
            vat_code="vat_code_id",
        ),
        new={
            "credit_used_amount": Decimal(0),
            "primary_conflict_id": None,
            "secondary_conflict_id": None,
            "line_station_id": None,
            "line_avail_type": "",
            "line_start_time": None,
            "line_end_time": None,
            "prints_confirmations": False,
        },
    ),
    register_kind(
        "plans",
        registers.PLAN,
        PlanLine,
        {"client_code": tables.Client, "agreement_code": tables.Agreement},
        with_ids("client_code", "agreement_code"),
    ),
)
