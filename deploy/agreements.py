"""What two services say of the same thing is the same once every event has arrived (reliability.md section 11, I9)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two services' rows of the same columns; every row of the first is one of the second, and the other way round.

    With `one_way` the second service may know more than the first asks about.
    """

    invariant: str
    service: str
    rows: str
    other: str
    other_rows: str
    columns: tuple[str, ...]
    one_way: bool = False


AGREEMENTS = (
    Agreement(
        "an invoiced draft comes to its invoice (PI-RUN-07)",
        "preinvoice",
        "SELECT id, invoice_id, total_amount FROM draft_pre_invoice WHERE invoice_id IS NOT NULL",
        "invoicing",
        "SELECT draft_id, id, net_amount FROM invoice WHERE draft_id IS NOT NULL AND no IS NOT NULL",
        ("draft_id", "invoice_id", "net_amount"),
    ),
    Agreement(
        "what documents deduct is taken off their advance invoices (MA-PRE-14)",
        "preinvoice",
        "SELECT advance_id, invoice_id, amount, base_amount FROM advance_entry",
        "invoicing",
        "SELECT advance_invoice_id, invoice_id, amount, base_amount FROM invoice_deduction",
        ("advance_invoice_id", "invoice_id", "amount", "base_amount"),
    ),
    Agreement(
        "a printed bill of an advance invoice is an issued invoice (MA-PRE-10)",
        "preinvoice",
        "SELECT id, invoice_id, amount, state = 'reversed' FROM advance_bill WHERE invoice_id IS NOT NULL",
        "invoicing",
        """SELECT advance_bill_id, id, net_amount, reversed_by_id IS NOT NULL FROM invoice
           WHERE advance_bill_id IS NOT NULL AND reverses_id IS NULL AND no IS NOT NULL""",
        ("advance_bill_id", "invoice_id", "net_amount", "reversed"),
    ),
    Agreement(
        "what invoices post on the deduction account, reconciliation has booked (MA-REC-06)",
        "reconciliation",
        """SELECT c.id, c.invoice_no, (c.media_deduction_amount * 10::numeric ^ e.currency_places)::bigint
           FROM client_invoice c JOIN legal_entity e ON e.tenant_id = c.tenant_id AND e.id = c.legal_entity_id
           WHERE c.media_deduction_amount <> 0""",
        "invoicing",
        """SELECT id, invoice_no, media_deduction_amount FROM invoice
           WHERE no IS NOT NULL AND media_deduction_amount <> 0""",
        ("invoice_id", "invoice_no", "media_deduction_amount"),
    ),
    Agreement(
        "what may be invoiced of the insertions waits to be billed, or is (MA-INS-10)",
        "contracts",
        "SELECT id, price_amount FROM insertion WHERE status IN ('definitive', 'invoiced')",
        "invoicing",
        """SELECT origin_id, sum(price_amount)::bigint FROM billable_item WHERE origin = 'insertion'
           GROUP BY origin_id""",
        ("insertion_id", "price_amount"),
        one_way=True,
    ),
)
