"""The fields a caller may set on the registers of the buy side."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.contracts.schemas.registers import Days, RegisterShape, Share
from services.contracts.schemas.texts import Lines, Phrase, Word
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Percent, Shape, choice_type, code_type, rule_error


def _in_percent(value: Percent) -> Percent:
    if not 0 <= value <= 100:
        raise rule_error("bad_percent", "A percentage lies between 0 and 100.")
    return value


# Percentages whose rule has a code of its own (MA-REG-20, MA-SET-03).
WholePercent = Annotated[Percent, AfterValidator(_in_percent)]
DefaultStatus = Literal["", "do_not_invoice", "pre_inv"]
FeeBase: Any = choice_type(
    "unknown_fee_base",
    *("gross", "net", "client_net", "net_net", "gross_less_passed_on", "gross_less_received", "discount"),
    "commission_base",
)


class VatCodeShape(RegisterShape):
    """A VAT rate that clients name; changing it changes theirs (MA-REG-02)."""

    percent: WholePercent


class PaymentTermsShape(RegisterShape):
    """When an invoice falls due: days from its date, or from the end of its month (MA-REG-08).

    A cash discount may be kept back by who pays within its days, counted from the invoice date (MA-REG-21).
    """

    days: Days
    from_month_end: Flag = False
    cash_discount_percent: Share = Field("0", validate_default=True)
    cash_discount_days: Days = 0


class MediaTypeShape(RegisterShape):
    """What all media of a kind have in common; blank accounts leave the general ones (MA-REG-10, MA-GEN-07)."""

    ad_check_required: Flag = False
    default_status: DefaultStatus = ""
    look_ahead_days: Days = 0
    sales_account: Word = ""
    cost_account: Word = ""


class AdAgencyShape(RegisterShape):
    """A client's advertising agency; its settlements are owed to its supplier record (MA-REG-13)."""

    address: Lines = ""
    supplier_id: UUID | None = None
    language: Word = "en"
    vat_on_settlement: Flag = False
    cost_centre: Word = ""
    cost_object: Word = ""


class PriceCodeShape(RegisterShape):
    """A discount or surcharge code: a percent of a base, or an amount in its currency (MA-REG-20, MA-INS-03)."""

    kind: Literal["discount", "surcharge"]
    percent: WholePercent | None = None
    fixed_amount: Amount | None = None
    currency: CurrencyCode | None = None
    base: Literal["gross", "remaining"] = "remaining"
    by_media: Flag = True
    bears_commission: Flag = True
    do_not_invoice: Flag = False
    vat_percent: WholePercent | None = None


class ReconciliationCodeShape(RegisterShape):
    """A class of discrepancies: intervals of absolute amounts in base currency, 0 to 0 accepting none (MA-REG-19)."""

    code: code_type(r"^[1-9]\d{0,3}$", "2")  # type: ignore[valid-type]
    evaluation_order: Annotated[int, Field(strict=True, ge=0, le=9999)]
    sides: Literal["any", "client_only", "media_only"] = "any"
    negative_from: Amount = Field("0", validate_default=True)
    negative_to: Amount = Field("0", validate_default=True)
    positive_from: Amount = Field("0", validate_default=True)
    positive_to: Amount = Field("0", validate_default=True)


class ClaimTextShape(RegisterShape):
    """A text to begin claims with; one may come automatically (MA-REG-15, MA-MIN-30)."""

    text: Lines
    automatic: Flag = False


class SupplierShape(RegisterShape):
    """A creditor of the purchase ledger."""

    currency: CurrencyCode
    payment_days: Days = 30


class MediaShape(RegisterShape):
    """A medium where insertions are booked; orders inherit its currency (MA-REG-12)."""

    supplier_id: UUID | None = None
    currency: CurrencyCode
    media_type_id: UUID | None = None
    default_status: DefaultStatus = ""


class ChargeShape(Shape):
    """A fee or capital cost: a percent of a base, or a fixed amount (MA-INS-05, MA-INS-06)."""

    percent: WholePercent | None = None
    amount: Amount | None = None
    base: FeeBase = "net"


class AgreedChargeShape(ChargeShape):
    """A charge of an agreement; a fixed one has a currency of its own (MA-INS-09)."""

    currency: CurrencyCode | None = None


class CapitalCostShape(ChargeShape):
    """A capital cost; without a base it is charged on the client net (MA-INS-06)."""

    base: FeeBase = "client_net"


class AgreedCapitalCostShape(AgreedChargeShape):
    """A capital cost of an agreement."""

    base: FeeBase = "client_net"


class EarnedShareShape(Shape):
    """What the client's advertising agency gets of what is earned: a part of it, or points of its rate (MA-SET-03)."""

    form: Literal["part", "points"]
    percent: WholePercent


Percents = Annotated[list[WholePercent], Field(max_length=10)]
Fees = Annotated[list[AgreedChargeShape], Field(max_length=4)]


class AgreementShape(RegisterShape):
    """Terms of trade; money terms hold where a price row states none of its own (MA-REG-04, MA-REG-05)."""

    current_invoicing: Flag = False
    current_deduction: Flag = False
    timing: Literal["insertion", "plan_first", "plan_last", "order_last"] = "insertion"
    default_status: DefaultStatus = ""
    allocation_invoicing: Literal["per_client", "head_only", "total"] = "per_client"
    received_percents: Percents = []
    passed_on_percents: Percents = []
    fees: Fees = []
    capital_cost: AgreedCapitalCostShape | None = None
    fee_share: EarnedShareShape | None = None
    commission_share: EarnedShareShape | None = None
    capital_cost_share: EarnedShareShape | None = None
    fee_terms_id: UUID | None = None
    fee_payment_days: Days | None = None
    fee_from_month_end: Flag = False


class PlanShape(RegisterShape):
    """A client's media plan; it names an agreement (MA-REG-05)."""

    client_id: UUID
    agreement_id: UUID | None = None
    owner: Phrase = ""
    client_reference: Phrase = ""
    campaign: Phrase = ""
    product: Phrase = ""
    invoice_on: Day | None = None
