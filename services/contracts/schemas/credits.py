"""Credits, corrections and moved shares at the door."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.contracts.domain.correction import what_is_open
from services.contracts.schemas.texts import Phrase
from shared.events.examples import INSERTION, INVOICE, OTHER_CLIENT, OTHER_INSERTION, example
from shared.events.fields import Amount, Flag, Moment, Shape, View


class CreditShape(Shape):
    """How an insertion is credited (MA-CRD-08, MA-CRD-09, MA-CRD-12)."""

    model_config = example(with_invoice_no=True, exclude_fee=True, reason="The ad did not appear.")

    with_invoice_no: Flag = Field(False, description="Print the number of the earlier invoice with the credit.")
    exclude_fee: Flag = Field(False, description="The client is not given back the insertion fee.")
    exclude_capital_cost: Flag = Field(False, description="The client is not given back the capital cost.")
    reason: Phrase = Field("", description="For the history.")


class AllocationCreditShape(CreditShape):
    """Which of an allocated insertion's client invoices to credit (MA-CRD-14)."""

    model_config = example(invoice_id=INVOICE, with_invoice_no=True, reason="Billed to the wrong client.")

    invoice_id: UUID = Field(description="The unreversed invoice of one client's share.")


class AllocationDebitShape(Shape):
    """Which client's credited share to debit again (MA-CRD-15)."""

    model_config = example(client_id=OTHER_CLIENT)

    client_id: UUID = Field(description="The client whose share was credited before.")


class CorrectionItemShape(Shape):
    """An amount beside an insertion; without a client it is split as the insertion is (MA-INS-17, MA-REC-13)."""

    insertion_id: UUID
    amount: Amount = Field(description="Net in the insertion's currency; below zero the client gets money back.")
    client_id: UUID | None = Field(None, description="Whom it bills, where not all clients of an allocation.")


class CorrectionsShape(Shape):
    """Corrections made in one action; internal ones sum to 0 per client (MA-INS-17)."""

    model_config = example(
        kind="internal",
        corrections=[
            {"insertion_id": INSERTION, "amount": "-250.00"},
            {"insertion_id": OTHER_INSERTION, "amount": "250.00"},
        ],
        reason="Price agreed on the other date.",
    )

    kind: Literal["external", "internal"] = Field(
        "external", description="`external` goes to the client, `internal` only moves money between insertions."
    )
    corrections: Annotated[list[CorrectionItemShape], Field(min_length=1, max_length=500)]
    reason: Phrase = ""


class AllocationMoveView(View):
    """A client's share on its way to another client; `open` names what a person has to do next."""

    id: UUID
    version: int
    insertion_id: UUID
    invoice_id: UUID
    from_client_id: UUID
    to_client_id: UUID | None
    credit_id: UUID
    debit_id: UUID | None
    step: Literal["credited", "debited", "finished", "abandoned"]
    open: Literal["debit_allocation", "change_client"] | None
    started_at: Moment
    started_by: str

    @model_validator(mode="before")
    @classmethod
    def _with_what_is_open(cls, stored: Any) -> Any:
        return {**stored, "open": what_is_open(stored["step"])} if isinstance(stored, dict) else stored
