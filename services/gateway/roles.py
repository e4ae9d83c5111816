"""What each role may do: the one table role → permissions (`resource:action`)."""

from typing import Literal

Role = Literal["clerk", "approver", "buyer", "finance", "partner", "operator", "auditor"]


def _may(action: str, *resources: str) -> frozenset[str]:
    return frozenset(f"{resource}:{action}" for resource in resources)


_BOOKING = ("order", "insertion", "plan", "campaign", "delivery", "claim", "import", "job")
_BILLING = ("billing_run", "advance_invoice", "invoice_run", "invoice", "distribution", "media_invoice", "discrepancy")
_TRAFFIC = ("register", "contract", "log", "creative", "draft_pre_invoice", "payment_plan", "collection")
_MONEY = ("credit_note", "number_series", "payment", "settlement", "project", "document", "parameter")
_LEDGER = ("accounting_period", "voucher_export")

_READ = _may("read", *_BOOKING, *_BILLING, *_TRAFFIC, *_MONEY, *_LEDGER, "billable_item", "voucher", "contract_note")
_BUYER = _READ | _may("write", *_BOOKING)
_CLERK = _BUYER | _may("write", *_BILLING, *_TRAFFIC)
_APPROVER = (
    _CLERK
    | _may("approve", "contract", "campaign", "creative")
    | {"contract:cancel", "contract:correct", "invoice_run:release", "invoice:issue"}
)
_FINANCE = (
    _READ
    | _may("write", *_BILLING, *_MONEY, *_LEDGER, "claim", "import", "job")
    | {"invoice_run:release", "invoice:issue", "discrepancy:write_off", "accounting_period:close"}
)
_PARTNER = _may("read", "delivery", "log", "import", "job") | _may("write", "delivery", "log", "import")
_AUDITOR = _READ | _may("read", "audit", "parked")
_OPERATOR = _APPROVER | _FINANCE | _PARTNER | _AUDITOR | {"parked:write"}

PERMISSIONS: dict[Role, frozenset[str]] = {
    "clerk": _CLERK,
    "approver": _APPROVER,
    "buyer": _BUYER,
    "finance": _FINANCE,
    "partner": _PARTNER,
    "operator": _OPERATOR,
    "auditor": _AUDITOR,
}
