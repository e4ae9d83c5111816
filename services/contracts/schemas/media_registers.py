"""The fields a caller may set on the registers of the buy side."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.contracts.schemas.registers import Days, RegisterShape, Share
from services.contracts.schemas.texts import Lines, Phrase, Word
from shared.events.examples import AGREEMENT, CLIENT, MEDIA_TYPE, SUPPLIER, example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Percent, Shape, choice_type, code_type, rule_error


def _in_percent(value: Percent) -> Percent:
    if not 0 <= value <= 100:
        raise rule_error("bad_percent", "A percentage lies between 0 and 100.")
    return value


# Percentages whose rule has a code of its own (MA-REG-20, MA-SET-03).
WholePercent = Annotated[Percent, AfterValidator(_in_percent)]
DefaultStatus = Annotated[
    Literal["", "do_not_invoice", "pre_inv"],
    Field(description="The status of insertions made definitive; blank is `definitive` (MA-REG-11)."),
]
FeeBase: Any = Annotated[
    choice_type(
        "unknown_fee_base",
        *("gross", "net", "client_net", "net_net", "gross_less_passed_on", "gross_less_received", "discount"),
        "commission_base",
    ),
    Field(description="What `percent` is taken of (MA-INS-05)."),
]


class VatCodeShape(RegisterShape):
    """A VAT rate that clients name; changing it changes theirs (MA-REG-02)."""

    model_config = example(code="SE25", name="Sweden, standard rate", percent="25")

    percent: WholePercent


class PaymentTermsShape(RegisterShape):
    """When an invoice falls due: days from its date, or from the end of its month (MA-REG-08).

    A cash discount may be kept back by who pays within its days, counted from the invoice date (MA-REG-21).
    """

    model_config = example(code="30E", name="30 days from month end", from_month_end=True, days=30)

    days: Days = Field(description="To pay.")
    from_month_end: Flag = Field(False, description="Days are counted from the end of the invoice's month.")
    cash_discount_percent: Share = Field(
        "0", validate_default=True, description="Of the invoice, for who pays early (MA-REG-21)."
    )
    cash_discount_days: Days = Field(0, description="In which the cash discount may be kept back.")


class MediaTypeShape(RegisterShape):
    """What all media of a kind have in common; blank accounts leave the general ones (MA-REG-10, MA-GEN-07)."""

    model_config = example(code="DAILY", name="Daily press", ad_check_required=True, look_ahead_days=5)

    ad_check_required: Flag = Field(
        False, description="Insertions are left out of runs until their ad is checked (MA-INV-08)."
    )
    default_status: DefaultStatus = ""
    look_ahead_days: Days = Field(
        0, description="How far past its to-date a run with current invoicing reaches (MA-REG-10)."
    )
    sales_account: Word = Field("", description="Blank leaves the general one.")
    cost_account: Word = Field("", description="Blank leaves the general one.")


class AdAgencyShape(RegisterShape):
    """A client's advertising agency; its settlements are owed to its supplier record (MA-REG-13)."""

    model_config = example(
        code="FORM", name="Form & Funktion Reklam", supplier_id=SUPPLIER, cost_centre="210", vat_on_settlement=True
    )

    address: Lines = ""
    supplier_id: UUID | None = Field(None, description="Its record in the purchase ledger.")
    language: Word = Field("en", description="Of its settlements.")
    vat_on_settlement: Flag = Field(False, description="Settlements bear VAT.")
    cost_centre: Word = Field("", description="Of its settlement postings.")
    cost_object: Word = Field("", description="Of its settlement postings.")


class PriceCodeShape(RegisterShape):
    """A discount or surcharge code: a percent of a base, or an amount in its currency (MA-REG-20, MA-INS-03)."""

    model_config = example(code="VOL5", name="Volume discount", kind="discount", base="gross", percent="5")

    kind: Literal["discount", "surcharge"] = Field(description="Whether it lowers or raises the price.")
    percent: WholePercent | None = Field(None, description="Either this or `fixed_amount`.")
    fixed_amount: Amount | None = Field(None, description="In `currency`.")
    currency: CurrencyCode | None = None
    base: Literal["gross", "remaining"] = Field(
        "remaining", description="What the percent is of: `gross`, or what `remaining` after the rows above."
    )
    by_media: Flag = Field(True, description="The media bills it; otherwise only the client sees it (MA-INS-07).")
    bears_commission: Flag = Field(True, description="It counts in the base that commission is taken of (MA-INS-03).")
    do_not_invoice: Flag = Field(False, description="Insertions with it become `do_not_invoice` (MA-REG-11).")
    vat_percent: WholePercent | None = Field(None, description="Where it differs from the client's.")


class ReconciliationCodeShape(RegisterShape):
    """A class of discrepancies: intervals of absolute amounts in base currency, 0 to 0 accepting none (MA-REG-19)."""

    model_config = example(
        code="2",
        name="Small difference",
        evaluation_order=10,
        negative_to="100.00",
        positive_from="0.01",
        positive_to="100.00",
    )

    code: code_type(r"^[1-9]\d{0,3}$", "2")  # type: ignore[valid-type]
    evaluation_order: Annotated[int, Field(strict=True, ge=0, le=9999)] = Field(
        description="The lowest that fits is the code of a discrepancy (MA-REC-09)."
    )
    sides: Literal["any", "client_only", "media_only"] = Field(
        "any",
        description="Both sides or either; or the client's invoice alone, or the media's alone (MA-REC-09).",
    )
    negative_from: Amount = Field(
        "0", validate_default=True, description="Of discrepancies below 0, as an absolute amount."
    )
    negative_to: Amount = Field("0", validate_default=True, description="0 to 0 accepts none below 0.")
    positive_from: Amount = Field("0", validate_default=True, description="Of discrepancies above 0.")
    positive_to: Amount = Field("0", validate_default=True, description="0 to 0 accepts none above 0.")


class ClaimTextShape(RegisterShape):
    """A text to begin claims with; one may come automatically (MA-REG-15, MA-MIN-30)."""

    model_config = example(
        code="RATE", name="Rate differs", text="Your invoice differs from our order; please credit the difference."
    )

    text: Lines
    automatic: Flag = Field(False, description="It begins every claim.")


class SupplierShape(RegisterShape):
    """A creditor of the purchase ledger."""

    model_config = example(code="AFTON", name="Afton Media AB", currency="SEK", payment_days=30)

    currency: CurrencyCode
    payment_days: Days = 30


class MediaShape(RegisterShape):
    """A medium where insertions are booked; orders inherit its currency (MA-REG-12)."""

    model_config = example(
        code="AFTON-D", name="Aftonposten", currency="SEK", media_type_id=MEDIA_TYPE, supplier_id=SUPPLIER
    )

    supplier_id: UUID | None = Field(None, description="The creditor that its invoices propose (MA-REG-12).")
    currency: CurrencyCode
    media_type_id: UUID | None = Field(None, description="Gives ad check, look-ahead days and accounts (MA-REG-10).")
    default_status: DefaultStatus = ""


class ChargeShape(Shape):
    """A fee or capital cost: a percent of a base, or a fixed amount (MA-INS-05, MA-INS-06)."""

    percent: WholePercent | None = Field(None, description="Either this or `amount`.")
    amount: Amount | None = Field(None, description="Fixed, in place of a percentage.")
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

    form: Literal["part", "points"] = Field(
        description="`part` is a per cent of what was earned, `points` percentage units on the same base."
    )
    percent: WholePercent = Field(description="As a `part` at most 100, as `points` at most the rate earned.")


Percents = Annotated[list[WholePercent], Field(max_length=10)]
Fees = Annotated[list[AgreedChargeShape], Field(max_length=4)]


class AgreementShape(RegisterShape):
    """Terms of trade; money terms hold where a price row states none of its own (MA-REG-04, MA-REG-05)."""

    model_config = example(
        code="STD",
        name="Standard terms",
        current_invoicing=True,
        received_percents=["15"],
        fees=[{"percent": "3", "base": "net"}],
        passed_on_percents=["10"],
    )

    current_invoicing: Flag = Field(False, description="A run may choose by it (MA-INV-07).")
    current_deduction: Flag = Field(False, description="Advance invoices are deducted when a run bills (MA-INV-27).")
    timing: Literal["insertion", "plan_first", "plan_last", "order_last"] = Field(
        "insertion",
        description="Whose date makes an insertion due: its own, or the first or last of plan or order (MA-REG-07).",
    )
    default_status: DefaultStatus = ""
    allocation_invoicing: Literal["per_client", "head_only", "total"] = Field(
        "per_client",
        description="Whom an allocation bills: each client, the head for its part, or the head for all (MA-INS-16).",
    )
    received_percents: Percents = Field([], description="Commission from the media, each of the net (MA-INS-03).")
    passed_on_percents: Percents = Field([], description="Commission passed on to the client.")
    fees: Fees = Field([], description="Insertion fees, up to four (MA-INS-05).")
    capital_cost: AgreedCapitalCostShape | None = Field(
        None, description="What paying ahead costs the client (MA-INS-06)."
    )
    fee_share: EarnedShareShape | None = Field(
        None, description="What the client's advertising agency gets of the insertion fee."
    )
    commission_share: EarnedShareShape | None = Field(None, description="What it gets of the commission.")
    capital_cost_share: EarnedShareShape | None = Field(None, description="What it gets of the capital cost.")
    fee_terms_id: UUID | None = Field(None, description="Payment terms of fees on an invoice of their own (MA-REG-09).")
    fee_payment_days: Days | None = Field(None, description="Days to pay of those; left out, as the terms say.")
    fee_from_month_end: Flag = Field(False, description="Those days are counted from the end of the month.")


class PlanShape(RegisterShape):
    """A client's media plan; it names an agreement (MA-REG-05)."""

    model_config = example(
        code="2026-114",
        name="Autumn launch",
        client_id=CLIENT,
        agreement_id=AGREEMENT,
        owner="maria",
        campaign="Autumn",
        client_reference="PO 4500021",
    )

    client_id: UUID
    agreement_id: UUID | None = None
    owner: Phrase = Field("", description="Who answers for it; runs choose by it.")
    client_reference: Phrase = Field("", description="The reference number of its invoices (MA-INV-11).")
    campaign: Phrase = Field("", description="The plan campaign that it belongs to.")
    product: Phrase = Field("", description="What is advertised; invoices may be split by it.")
    invoice_on: Day | None = Field(None, description="Replaces the run's date on its invoices (MA-INV-09).")
