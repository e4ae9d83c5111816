"""The draft pre-invoice: what identifies a draft and its lines, what is calculated, and how its status moves."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.preinvoice.domain.campaign import Dispatch, Recipient
from shared.kernel.errors import BillingError, Fault, NotAllowedNow, StaleVersion
from shared.kernel.period import Period

Status = Literal["draft", "created", "reviewed", "invoiced", "cancelled"]
Kind = Literal["regular", "cancellation"]
LineBasis = Literal["linear", "delivery", "plan", "adjustment"]

OPEN: tuple[Status, ...] = ("draft", "created")
BILLABLE: tuple[Status, ...] = ("created", "reviewed")
_MOVES = {
    ("draft", "created"),
    ("created", "draft"),
    ("created", "reviewed"),
    ("reviewed", "created"),
    ("draft", "reviewed"),
}


@dataclass(frozen=True, slots=True)
class DraftKey:
    """What the lines of one draft share within a campaign (PI-GEN-03)."""

    client_id: UUID
    currency: str
    accounting_on: date
    planned_invoice_on: date
    kind: Kind = "regular"


@dataclass(frozen=True, slots=True)
class LineKey:
    """What a line is unique by among lines that no credit note has reversed (PI-GEN-03)."""

    item_id: UUID
    service_start_on: date
    basis: LineBasis
    plan_entry_no: int = 0
    amendment_no: int = 0


@dataclass(frozen=True, slots=True)
class LineFigures:
    """What generation calculates for a line; `amount` is in minor units."""

    item_line_no: int
    text: str
    days: Period
    quantity: int | None
    delivered_quantity: int | None
    amount: int
    vat_percent: Decimal
    show_on_invoice: bool
    note: str
    pending: bool


@dataclass(frozen=True, slots=True)
class DraftHeader:
    """What generation copies and calculates for a draft beside its lines (PI-GEN-05, PI-GEN-23).

    No run invoices it before `deferred_until_on` (PI-RUN-18).
    """

    campaign_no: int
    campaign_name: str
    legal_entity_id: UUID
    recipient: Recipient
    dispatch: Dispatch
    payment_days: int
    client_reference: str
    billing_period: Period
    service: Period
    accounting_end_on: date
    deferred_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line as stored; a typed delivered quantity stands for the recorded one (PI-GEN-16)."""

    id: UUID
    key: LineKey
    figures: LineFigures
    reversed: bool = False
    manual_delivered_quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Manual:
    """What a user typed; it survives every re-run (PI-GEN-11)."""

    invoice_on: date | None = None
    text: str = ""
    payment_days: int | None = None
    dispatch: Dispatch | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft pre-invoice as stored."""

    id: UUID
    campaign_id: UUID
    draft_no: int
    version: int
    status: Status
    key: DraftKey
    sequence_no: int
    header: DraftHeader
    manual: Manual
    lines: tuple[DraftLine, ...]
    billing_run_id: UUID | None = None
    invoice_id: UUID | None = None
    invoice_no: str = ""

    @property
    def locked(self) -> bool:
        """Whether a billing run holds the draft (PI-RUN-05)."""
        return self.billing_run_id is not None and self.status != "invoiced"

    @property
    def updatable(self) -> bool:
        """Whether generation may recalculate the draft (PI-GEN-07, PI-GEN-09)."""
        return self.status in OPEN and self.key.kind == "regular" and not self.locked

    @property
    def total(self) -> int:
        """The sum of its lines in minor units; VAT comes with the invoice."""
        return sum(line.figures.amount for line in self.lines)

    @property
    def pending(self) -> bool:
        """Whether some line still waits for its delivery (PI-DEL-14)."""
        return any(line.figures.pending for line in self.lines)


def pending_warnings(draft: Draft) -> list[Fault]:
    """`pi_w_04` for each line that waits for its delivery data (PI-DEL-14)."""
    return [
        Fault(
            "",
            "pi_w_04",
            f"Delivery for {line.figures.days.start_on}..{line.figures.days.last_on} is not complete yet.",
            "line",
            str(line.id),
            "line",
        )
        for line in draft.lines
        if line.figures.pending and draft.status != "invoiced"
    ]


class DraftChanged(StaleVersion):
    """The caller saw an older version of the draft: 412 `pi_e_32` (PI-GEN-13)."""

    def __init__(self, draft: Draft) -> None:
        message = f"Draft {draft.draft_no} was changed meanwhile (version {draft.version})."
        BillingError.__init__(self, "pi_e_32", message)


def check_version(draft: Draft, version: int) -> None:
    """Refuse a write that is based on another version than the newest: `DraftChanged`."""
    if draft.version != version:
        raise DraftChanged(draft)


def check_move(draft: Draft, to: Status) -> None:
    """Refuse a status move that users may not make: 409 `pi_e_48` (PI-GEN-17)."""
    _check_free(draft)
    if (draft.status, to) not in _MOVES:
        raise NotAllowedNow("pi_e_48", f"Draft {draft.draft_no}: status {draft.status} cannot become {to}.")


def check_editable(draft: Draft, *, typed: frozenset[str]) -> None:
    """Refuse an edit outside `draft` and `created` (PI-GEN-12); of a cancellation only date and text (PI-CAN-04)."""
    _check_free(draft)
    if draft.key.kind == "cancellation" and not typed <= {"manual_invoice_on", "text"}:
        raise NotAllowedNow("pi_e_33", f"Draft {draft.draft_no} is a cancellation and cannot be deleted or edited.")
    _check_not_invoiced(draft)
    if draft.status == "reviewed":
        raise NotAllowedNow("pi_e_31", f"Draft {draft.draft_no} is reviewed; set it back to created first.")


def check_deletable(draft: Draft) -> None:
    """Refuse to delete what is invoiced, locked by a run, or a cancellation (PI-GEN-14)."""
    _check_free(draft)
    if draft.key.kind == "cancellation":
        raise NotAllowedNow("pi_e_33", f"Draft {draft.draft_no} is a cancellation and cannot be deleted or edited.")
    _check_not_invoiced(draft)


def _check_free(draft: Draft) -> None:
    if draft.locked:
        raise NotAllowedNow("pi_e_45", f"Draft {draft.draft_no} is taken by a billing run.")


def _check_not_invoiced(draft: Draft) -> None:
    if draft.status in ("invoiced", "cancelled"):
        raise NotAllowedNow("pi_e_30", f"Draft {draft.draft_no} is invoiced; cancel the invoice instead.")
