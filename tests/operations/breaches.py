"""For each invariant, by the beginning of its words, rows that break it; `i` is the id that must be named."""

from collections.abc import Callable
from uuid import UUID

from shared.kernel.ids import new_id
from tests.operations.broken_books import DAY, EARLIER, LATER, Rows

Break = Callable[[UUID], Rows]
_A, _B, _C = (new_id() for _ in range(3))

PLUMBING: dict[str, Break] = {
    "events of an aggregate": lambda i: [("outbox", {"aggregate_id": i, "sequence": n}) for n in (1, 3)],
    "every counted event": lambda i: [("stream", {"aggregate_id": i, "sequence": 5})],
    "no message is parked": lambda i: [("parked", {"event_id": i, "tenant_id": None})],
}
CONTRACTS: dict[str, Break] = {
    "an approved line": lambda i: [
        ("contract_line", {"id": i, "kind": "spots", "status": "approved", "quantity": 1}),
    ],
    "a unit on a log": lambda i: [("spot", {"id": i, "state": "placed"})],
    "a break holds": lambda i: [("log_break", {"id": i}), ("spot", {"break_id": i, "length_seconds": 30})],
    "an insertion's net-net": lambda i: [("insertion", {"id": i, "net_net_amount": 1})],
    "an insertion's price": lambda i: [("insertion", {"id": i, "price_amount": 1})],
    "an invoiced insertion": lambda i: [("insertion", {"id": i, "status": "invoiced"})],
    "a moved share": lambda i: [
        ("allocation_move", {"id": i, "credit_id": _A, "debit_id": _B}),
        ("insertion", {"id": _A, "price_amount": -2}),
        ("insertion", {"id": _B, "price_amount": 1}),
    ],
}
PREINVOICE: dict[str, Break] = {
    "a draft comes": lambda i: [("draft_pre_invoice", {"id": i, "total_amount": 1})],
    "an invoice comes": lambda i: [("draft_pre_invoice", {"invoice_id": i}) for _ in range(2)],
    "a run that invoiced": lambda i: [("billing_run_draft", {"draft_id": i, "outcome": "invoiced"})],
    "a draft is held": lambda i: [("draft_pre_invoice", {"id": i, "billing_run_id": _A})],
    "a run that waits": lambda i: [("billing_run", {"id": i})],
    "a run counts": lambda i: [("billing_run", {"id": i}), ("billing_run_draft", {"run_id": i, "outcome": "locked"})],
    "the lines of a linear": lambda i: [
        ("media_campaign", {"id": _A, "version": 1, "generated_version": 1}),
        ("campaign_item", {"id": i, "campaign_id": _A, "amount": 1, "bill_me": True, "billing_basis": "linear"}),
    ],
    "an advance invoice comes": lambda i: [
        ("advance_invoice", {"id": i, "printed_amount": 3}),
        ("advance_bill", {"advance_id": i, "state": "printed", "amount": 2}),
    ],
    "what is deducted": lambda i: [
        ("advance_invoice", {"id": i, "deducted_amount": 3}),
        ("advance_entry", {"advance_id": i, "amount": 2}),
    ],
    "no more is deducted or held": lambda i: [
        ("advance_invoice", {"id": i, "printed_amount": 9, "deducted_amount": 6, "reserved_amount": 4}),
    ],
    "a document gives back": lambda i: [
        ("advance_entry", {"advance_id": _A, "invoice_id": _B, "amount": 3}),
        ("advance_entry", {"advance_id": _A, "invoice_id": i, "reverses_id": _B, "amount": -2}),
    ],
    "what is held": lambda i: [
        ("advance_invoice", {"id": i, "reserved_amount": 3, "settlement": '{"state": "issued", "amount": 3}'}),
        ("deduction_take", {"advance_id": i, "amount": 2, "open_amount": 2}),
    ],
    "only a reservation": lambda i: [
        ("deduction", {"id": i, "state": "released"}),
        ("deduction_take", {"deduction_id": i, "amount": 1, "open_amount": 1}),
    ],
}
INVOICING: dict[str, Break] = {
    "I1 invoice": lambda i: [
        ("series", {"id": i, "first_no": 1, "next_no": 3}),
        ("invoice", {"series_id": i, "no": 2}),
    ],
    "I1 voucher": lambda i: [("series", {"id": i, "kind": "voucher", "first_no": 1, "next_no": 2})],
    "I2": lambda i: [
        ("invoice", {"series_id": _A, "no": 1, "issued_at": LATER}),
        ("invoice", {"id": i, "series_id": _A, "no": 2, "issued_at": EARLIER}),
    ],
    "I3": lambda i: [("voucher_line", {"voucher_id": i, "debit": 1})],
    "I4": lambda i: [("invoice", {"id": i, "no": 1, "gross_amount": 1})],
    "I5": lambda i: [("invoice", {"id": i, "no": 1}), ("invoice_line", {"invoice_id": i, "amount": 1})],
    "an export": lambda i: [("voucher_export", {"id": i, "voucher_count": 1})],
    "nothing is posted": lambda i: [
        (
            "accounting_period",
            {"legal_entity_id": _A, "from_on": DAY, "to_on": DAY, "state": "closed", "closed_at": EARLIER},
        ),
        ("voucher", {"id": i, "legal_entity_id": _A, "accounting_on": DAY, "created_at": LATER}),
    ],
    "I6": lambda i: [("invoice_line", {"billable_item_id": i, "portion": "whole"}) for _ in range(2)],
    "an invoice is paid": lambda i: [("invoice", {"id": i, "paid_amount": 1})],
    "no payment is applied": lambda i: [
        ("payment", {"id": i, "amount": 1}),
        ("payment_application", {"payment_id": i, "state": "applied", "amount": 2}),
    ],
    "money is parked": lambda i: [
        ("invoice", {"id": _A, "state": "issued"}),
        ("payment_application", {"id": i, "state": "parked", "invoice_id": _A}),
    ],
    "a deduction is a line": lambda i: [
        ("invoice", {"id": i}),
        ("billable_item", {"id": _A, "origin": "deduction"}),
        ("invoice_line", {"invoice_id": i, "line_no": 1, "billable_item_id": _A, "amount": -2}),
        ("invoice_deduction", {"invoice_id": i, "line_no": 1, "amount": 3}),
    ],
    "a document clears": lambda i: [
        ("invoice", {"id": i, "kind": "media"}),
        ("invoice_deduction", {"invoice_id": i, "base_amount": 3}),
        ("voucher", {"id": _A, "source": "invoice", "source_id": i}),
        ("voucher_line", {"voucher_id": _A, "role": "client_advances", "debit": 2}),
    ],
    "no more of an advance": lambda i: [
        ("invoice", {"id": _A, "kind": "advance", "advance_invoice_id": i}),
        ("voucher", {"id": _B, "source": "invoice", "source_id": _A}),
        ("voucher_line", {"voucher_id": _B, "role": "client_advances", "credit": 2}),
        ("invoice_deduction", {"advance_invoice_id": i, "base_amount": 3}),
    ],
}
RECONCILIATION: dict[str, Break] = {
    "I1": lambda i: [("series", {"id": i, "first_no": 1, "next_no": 2})],
    "I2": lambda i: [
        ("voucher", {"series_id": _A, "no": 1, "created_at": LATER}),
        ("voucher", {"id": i, "series_id": _A, "no": 2, "created_at": EARLIER}),
    ],
    "I3": lambda i: [("voucher_line", {"voucher_id": i, "debit": 1})],
    "I4": lambda i: [("media_invoice", {"id": i, "state": "saved", "amount": 1})],
    "I5": lambda i: [
        ("media_invoice", {"id": i, "state": "saved"}),
        ("media_invoice_line", {"media_invoice_id": i, "net_net_amount": 1}),
    ],
    "I6": lambda i: [("media_invoice", {"supplier_id": i, "state": "saved"}) for _ in range(2)],
    "a discrepancy": lambda i: [("discrepancy", {"insertion_id": i, "client_net_amount": 1})],
    "what reconciliation posts": lambda i: [
        ("voucher", {"id": _A, "legal_entity_id": i}),
        ("voucher_line", {"voucher_id": _A, "role": "media_deduction", "credit": 1}),
    ],
    "what an invoice to a client": lambda i: [
        ("legal_entity", {"id": _A, "currency_places": 2}),
        ("client_invoice", {"id": i, "legal_entity_id": _A, "media_deduction_amount": 1}),
    ],
    "no line of an invoice": lambda i: [
        ("legal_entity", {"id": _A}),
        ("insertion", {"id": _B}),
        ("client_invoice", {"id": _C, "legal_entity_id": _A}),
        ("waiting_line", {"id": i, "client_invoice_id": _C, "insertion_id": _B}),
    ],
    "no more is undone": lambda i: [
        ("write_off", {"id": i}),
        ("write_off", {"id": _A, "reverses_id": i}),
        ("write_off_row", {"write_off_id": i, "insertion_id": _B, "amount": 1}),
        ("write_off_row", {"write_off_id": _A, "insertion_id": _B, "amount": -2}),
    ],
}
# What one service says, and what the other says of the same thing.
BETWEEN: dict[str, dict[str, Break]] = {
    "an invoiced draft": {
        "preinvoice": lambda i: [("draft_pre_invoice", {"id": i, "invoice_id": _A, "total_amount": 3})],
        "invoicing": lambda i: [("invoice", {"id": _A, "draft_id": i, "no": 1, "net_amount": 2})],
    },
    "what documents deduct": {
        "preinvoice": lambda i: [("advance_entry", {"advance_id": i, "invoice_id": _A, "amount": 3})],
        "invoicing": lambda i: [("invoice_deduction", {"advance_invoice_id": i, "invoice_id": _A, "amount": 2})],
    },
    "a printed bill": {
        "preinvoice": lambda i: [("advance_bill", {"id": i, "invoice_id": _A, "amount": 3, "state": "printed"})],
        "invoicing": lambda i: [("invoice", {"id": _A, "advance_bill_id": i, "no": 1, "net_amount": 2})],
    },
    "what invoices post": {
        "reconciliation": lambda i: [
            ("legal_entity", {"id": _A, "currency_places": 2}),
            ("client_invoice", {"id": i, "legal_entity_id": _A, "media_deduction_amount": 3}),
        ],
        "invoicing": lambda i: [("invoice", {"id": i, "no": 1, "media_deduction_amount": 299})],
    },
    "what may be invoiced": {
        "contracts": lambda i: [("insertion", {"id": i, "status": "definitive", "price_amount": 3})],
        "invoicing": lambda i: [("billable_item", {"origin": "insertion", "origin_id": i, "price_amount": 2})],
    },
}
OF = {"contracts": CONTRACTS, "preinvoice": PREINVOICE, "invoicing": INVOICING, "reconciliation": RECONCILIATION}
