"""Invoice runs and saved selections at the door."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from services.invoicing.domain.criteria import Corrections
from services.invoicing.schemas.deductions import DeductionView
from shared.events.examples import CLIENT, LEGAL_ENTITY, example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Moment, Shape, Text, View, rule_error
from shared.events.invoicing import InvoiceKind
from shared.kernel.money import Money, currency
from shared.runtime.views import MinorView

Word = Text(200)
Ids = Annotated[list[UUID], Field(max_length=1000)]
Words = Annotated[list[Word], Field(max_length=1000)]  # type: ignore[valid-type]
RunState = Literal["queued", "running", "completed", "completed_with_errors", "failed", "cancelled"]


def _at_most_2000(text: str) -> str:
    if len(text) > 2_000:
        raise rule_error("text_too_long", "The general text has at most 2,000 characters.")
    return text


# A run's general text (MA-INV-23).
RunText = Annotated[Text(100_000), AfterValidator(_at_most_2000)]  # type: ignore[valid-type]


class CriteriaShape(Shape):
    """What a run looks at: joined by AND, several values of one by OR, both days included (MA-INV-02)."""

    from_on: Day | None = Field(
        None, description="Insertions from this day; agreements may say whose date counts (MA-INV-10)."
    )
    to_on: Day | None = Field(None, description="Insertions up to this day.")
    legal_entity_ids: Ids = Field([], description="Who invoices.")
    client_ids: Ids = Field([], description="Who is billed; of a shared insertion their share.")
    client_categories: Words = Field([], description="As the client register has them.")
    plan_ids: Ids = []
    order_ids: Ids = []
    campaigns: Words = Field(
        [], description="Names of plan campaigns; only for clients billed by campaign (MA-INV-03)."
    )
    media_ids: Ids = []
    media_type_ids: Ids = []
    products: Words = Field([], description="As plans name them.")
    agreement_ids: Ids = []
    owners: Words = Field([], description="Who answers for the plan.")
    currencies: Annotated[list[CurrencyCode], Field(max_length=50)] = Field([], description="The invoice's.")


def _switch(*positions: bool | str | None) -> BeforeValidator:
    def check(value: Any) -> Any:
        if not any(value is one or (isinstance(value, str) and value == one) for one in positions):
            raise rule_error("bad_switch", "The switch has no such position.")
        return value

    return BeforeValidator(check)


class SwitchesShape(Shape):
    """How a run treats what it finds; null is a switch left blank (MA-INV-07 to MA-INV-22)."""

    current_invoicing: Annotated[bool | None, _switch(True, False, None)] = Field(
        None, description="Insertions whose agreement has current invoicing, or has not; blank takes both (MA-INV-07)."
    )
    also_not_checked: Annotated[bool, _switch(True, False)] = Field(
        False,
        description="Also what needs an ad check and has none; the criteria then name plans or orders (MA-INV-08).",
    )
    no_reference_number: Annotated[bool | None, _switch(True, False, None)] = Field(
        None,
        description="Of clients that require one: no takes insertions with a number, yes those without (MA-INV-11).",
    )
    sign: Annotated[Literal["debit", "credit", "separate"] | None, _switch("debit", "credit", "separate", None)] = (
        Field(
            None, description="Only invoices at or above 0, only those below, or both never on one invoice (MA-INV-15)."
        )
    )
    corrections: Annotated[Literal["yes", "no", "separate", "internal"], _switch(*Corrections)] = Field(
        "yes", description="With the others, not at all, on invoices of their own, or internal ones only (MA-INV-17)."
    )
    one_invoice_per_client: Annotated[bool, _switch(True, False)] = Field(
        False, description="Gather over all split levels and below the minimum amount (MA-INV-22)."
    )


class InvoiceRunShape(Shape):
    """A run to start; `digest` binds a live run to the preview that was approved."""

    model_config = example(
        mode="test",
        criteria={"from_on": "2026-10-01", "to_on": "2026-10-31", "client_ids": [CLIENT]},
        switches={"current_invoicing": True, "no_reference_number": False, "corrections": "separate"},
        invoice_on="2026-10-31",
        text="Thank you for advertising with us.",
    )

    mode: Literal["live", "test"] = Field(
        description="`test` shows what would be billed and writes no invoice; `live` issues."
    )
    criteria: CriteriaShape = Field(
        CriteriaShape(), description="What the run looks at; a live run names something (MA-INV-03)."
    )
    switches: SwitchesShape = Field(SwitchesShape(), description="How it treats what it finds.")
    invoice_on: Day = Field(description="Date of the invoices; a plan may have its own (MA-INV-09).")
    accounting_on: Day | None = Field(None, description="Left out, it is the invoice date.")
    text: RunText = Field("", description="Printed on every invoice of the run (MA-INV-23).")  # type: ignore[valid-type]
    digest: Word = Field(  # type: ignore[valid-type]
        "", description="Of the test run that was approved; refused when what would be billed has changed since."
    )


class InvoiceRunView(View):
    """A run: what it was asked, how far it is, what it came to per currency."""

    id: UUID
    version: int
    run_no: int
    mode: Literal["live", "test"]
    state: RunState
    invoice_on: Day
    accounting_on: Day
    digest: str
    invoice_count: int
    item_count: int
    left_out_count: int
    total_amounts: dict[CurrencyCode, Amount]
    created_by: str
    created_at: Moment
    ended_at: Moment | None

    @model_validator(mode="before")
    @classmethod
    def _totals(cls, stored: Any) -> Any:
        totals = stored["total_amounts"] if isinstance(stored, Mapping) else {}
        return {
            **stored,
            "total_amounts": {code: Money(minor, currency(code)).decimal for code, minor in totals.items()},
        }


class SelectionShape(Shape):
    """Criteria, switches and general text to keep under a name."""

    model_config = example(
        name="Nord, definitive of the month",
        criteria={"legal_entity_ids": [LEGAL_ENTITY], "owners": ["maria"]},
        switches={"sign": "separate"},
    )

    name: Text(200, 1) = Field(examples=["Nord, definitive of the month"])  # type: ignore[valid-type]
    criteria: CriteriaShape = CriteriaShape()
    switches: SwitchesShape = SwitchesShape()
    text: RunText = Field("", description="General text of the invoices (MA-INV-23).")  # type: ignore[valid-type]
    overwrite: Flag = Field(False, description="Replace the selection that has this name already.")


class SelectionView(View):
    """A selection as it was saved."""

    id: UUID
    version: int
    name: str
    criteria: CriteriaShape
    switches: SwitchesShape
    text: str
    saved_at: Moment


class LeftOutView(View):
    """An item a run did not bill, and the first reason met (MA-INV-06)."""

    billable_item_id: UUID
    client_id: UUID
    reason: str


class PreviewView(MinorView):
    """An invoice that a test run would have issued."""

    position: int
    kind: InvoiceKind
    client_id: UUID
    currency: CurrencyCode
    invoice_on: Day
    due_on: Day
    client_reference: str
    invoice_fee_amount: Amount
    net_amount: Amount
    vat_amount: Amount
    total_amount: Amount
    deductions: list[DeductionView] = []
