"""Parameters of a legal entity and exchange rates at the door."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts.schemas.registers import Days, Share
from services.contracts.schemas.texts import Phrase, Word
from shared.events.examples import LEGAL_ENTITY, example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Rate, Shape, View, code_type

AccountRole: Any = code_type(r"^[a-z][a-z_]{2,39}$", "media_sales")
Account: Any = code_type(r"^[A-Za-z0-9.-]{1,20}$", "3010")


class SalesEndingShape(Shape):
    """The last two digits that sales accounts get for a VAT rate and for where the buyer is."""

    vat_percent: Share = Field(description="The rate that it is for.")
    area: Literal["domestic", "eu", "other"] = Field(description="Where the buyer is.")
    ending: code_type(r"^[0-9]{2}$", "01") = Field(description="Takes the place of the account's last two digits.")  # type: ignore[valid-type]


class ParameterPatchShape(Shape):
    """Parameters to state; those left out stay as they are."""

    model_config = example(
        fee_on_own_invoice=True,
        invoice_fee_amount="45.00",
        closed_through="2026-09-30",
        accounts={"media_sales": "3010", "accounts_receivable": "1510"},
    )

    fee_on_own_invoice: Flag = Field(False, description="Fees go on an invoice of their own (MA-REG-09).")
    joint_billing: Flag = Field(False, description="Projects may be billed with media (MA-REG-16).")
    change_client_in_reconciliation: Flag = Field(
        False, description="A plan with invoiced insertions may change its client (MA-REG-17)."
    )
    deduction_per_row: Flag = Field(False, description="Current deduction goes row by row (MA-REG-18).")
    keep_general_text: Flag = Field(True, description="A saved selection keeps its general text (MA-REG-21).")
    email_zero_invoices: Flag = Field(False, description="Invoices of 0 are sent by e-mail, too (MA-REG-21).")
    invoice_fee_amount: Amount = Field("0", description="Added to each invoice, in base currency (MA-REG-21).")
    invoice_fee_on_zero: Flag = Field(False, description="Invoices of 0 bear the invoice fee, too (MA-REG-21).")
    cash_discount_with_vat: Flag = Field(True, description="Cash discount is of the total with VAT (MA-REG-21).")
    vat_on_commission_without_vat: Flag = Field(
        False, description="A client without VAT still bears it on commission parts (MA-REG-23)."
    )
    rounding_tolerance_amount: Amount = Field("1.00", description="What a media invoice may be off by (MA-MIN-10).")
    temporary_account: Word = Field("", description="Where parts of media invoices without order go (MA-MIN-22).")
    rate_of_insertion_date: Flag = Field(False, description="Insertions are converted at their day's rate (MA-GEN-10).")
    rate_days_max: Days | None = Field(None, description="How old a rate may be that is invoiced with (MA-GEN-10).")
    closed_through: Day | None = Field(None, description="Accounting dates up to this day are closed (MA-GEN-07).")
    accounts: Annotated[dict[AccountRole, Account], Field(max_length=100)] = Field(
        {}, description="Account role → account number; given whole (MA-GEN-07)."
    )
    sales_endings: Annotated[list[SalesEndingShape], Field(max_length=50)] = Field(
        [], description="Endings of sales accounts by VAT rate and country; given whole (MA-GEN-07)."
    )


class ParameterView(View):
    """The parameters of a legal entity, the defaults included."""

    id: UUID
    version: int
    currency: CurrencyCode
    fee_on_own_invoice: bool
    joint_billing: bool
    change_client_in_reconciliation: bool
    deduction_per_row: bool
    keep_general_text: bool
    email_zero_invoices: bool
    invoice_fee_amount: Amount
    invoice_fee_on_zero: bool
    cash_discount_with_vat: bool
    vat_on_commission_without_vat: bool
    rounding_tolerance_amount: Amount
    temporary_account: str
    rate_of_insertion_date: bool
    rate_days_max: int | None
    closed_through: Day | None
    accounts: dict[str, str]
    sales_endings: list[SalesEndingShape]


class ExchangeRateShape(Shape):
    """Units of the legal entity's base currency for one unit of another, from a day on."""

    model_config = example(
        legal_entity_id=LEGAL_ENTITY, currency="EUR", rate_on="2026-10-01", rate="11.345000", source="Riksbanken"
    )

    legal_entity_id: UUID
    currency: CurrencyCode
    rate_on: Day = Field(description="The day from which it holds.")
    rate: Rate = Field(description="Units of base currency for one of `currency`.")
    source: Phrase = Field("", description="Who published it.")


class ExchangeRatePatchShape(Shape):
    """A corrected rate."""

    model_config = example(rate="11.354000", source="Riksbanken")

    rate: Rate = Field(description="Units of base currency for one of the other.")
    source: Phrase = ""


class ExchangeRateView(View):
    """An exchange rate."""

    id: UUID
    version: int
    legal_entity_id: UUID
    currency: CurrencyCode
    rate_on: Day
    rate: Rate
    source: str
