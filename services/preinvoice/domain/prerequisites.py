"""What must be right before any draft of a campaign is written: every failure in one ordered list (PI-REQ)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.preinvoice.domain import payment_plan
from services.preinvoice.domain.campaign import METRICS, CampaignItem, LegalEntity, MediaCampaign
from services.preinvoice.domain.delivery import ItemDelivery, over_delivered
from services.preinvoice.domain.distribution import falls_below_hundred_units, weigh
from services.preinvoice.domain.intervals import (
    Terms,
    accounting_interval,
    planned_invoice_on,
    service_interval,
    slices,
    terms_of,
)
from shared.kernel.errors import Fault
from shared.kernel.money import Money, currency
from shared.kernel.period import Period

_NO_RATE_NEEDED = ("reverse_charge", "exempt")
Unreported = Mapping[UUID, Sequence[Period]]


def failures(
    campaign: MediaCampaign,
    entity: LegalEntity | None,
    unreported: Unreported,
    deliveries: Mapping[UUID, ItemDelivery] | None = None,
) -> list[Fault]:
    """Every failed prerequisite: the campaign's by code, then those of items by line number and code (PI-REQ-02).

    A check whose own input is missing is left out, so one cause is reported once. `unreported` names, per item, the
    past slices that no delivery report covers (PI-REQ-15).
    """
    known = deliveries or {}
    of_campaign = sorted(_campaign_faults(campaign, entity), key=lambda fault: fault.code)
    of_items: list[Fault] = []
    for item in sorted(campaign.items, key=lambda item: item.line_no):
        if item.billable:
            found = [*_item_faults(campaign, item, terms_of(campaign, entity)), *_delivery_faults(item, unreported)]
            if entity and campaign.payment_interval == "weekly" and not _counted_by_day(item, entity, known):
                message = f"Item {item.line_no}: weekly billing by delivery needs daily delivery data."
                found.append(Fault("", "pi_e_15", message, "campaign_item", str(item.id), "item.delivery"))
            of_items += sorted(found, key=lambda fault: fault.code)
    return of_campaign + of_items


def warnings(campaign: MediaCampaign, terms: Terms, deliveries: Mapping[UUID, ItemDelivery]) -> list[Fault]:
    """What a biller should look at, though it stops nothing (PI-REQ-22), by item line number and code."""
    found: list[Fault] = []
    for item in sorted(campaign.items, key=lambda item: item.line_no):
        if item.billable and not item.payment_plan:
            found += _item_warnings(item, terms, deliveries.get(item.id, ItemDelivery()))
    return found


def vat_percent(campaign: MediaCampaign, item: CampaignItem) -> Decimal | None:
    """The item's one VAT rate; none at all when the campaign is exempt or reverse charge applies (PI-REQ-10)."""
    return Decimal(0) if campaign.vat_treatment in _NO_RATE_NEEDED else item.vat_percent


def _campaign_faults(campaign: MediaCampaign, entity: LegalEntity | None) -> Iterator[Fault]:
    no = campaign.campaign_no

    def fault(code: str, field: str, message: str) -> Fault:
        return Fault("", code, f"Campaign {no}{message}", "campaign", str(campaign.id), f"campaign.{field}")

    if not campaign.bill_me:
        yield fault("pi_e_01", "bill_me", ": Bill me is off.")
    if campaign.stage != "booked":
        yield fault("pi_e_02", "stage", f" is {campaign.stage}, not booked.")
    if campaign.payment_interval is None:
        yield fault("pi_e_03", "payment_interval", ": payment interval is missing.")
    if campaign.payment_start is None:
        yield fault("pi_e_04", "payment_start", ": payment start is missing.")
    if campaign.due_at is None:
        yield fault("pi_e_05", "due_at", ": payment due position is missing.")
    if campaign.billing_period is None:
        yield fault("pi_e_06", "billing_period", ": billing period is incomplete or ends before it starts.")
    if entity is None:
        yield fault("pi_e_07", "legal_entity", ": no legal entity.")
    elif campaign.payment_interval == "weekly" and entity.start_of_week is None:
        message = f"Legal entity {entity.name}: weekly billing needs a start of week."
        yield Fault("", "pi_e_08", message, "legal_entity", str(entity.id), "legal_entity.start_of_week")
    if missing := _missing_of_recipient(campaign):
        yield fault("pi_e_10", "recipient", f": recipient lacks {', '.join(missing)}.")
    if not any(item.billable for item in campaign.items):
        yield fault("pi_e_11", "items", ": no item is marked for billing.")


def _missing_of_recipient(campaign: MediaCampaign) -> list[str]:
    required = ["name", "street", "city", "country"] + (["email"] if campaign.dispatch == "email" else [])
    return [field for field in required if not getattr(campaign.recipient, field).strip()]


def _item_faults(campaign: MediaCampaign, item: CampaignItem, terms: Terms | None) -> Iterator[Fault]:
    def fault(code: str, field: str, message: str) -> Fault:
        return Fault("", code, f"Item {item.line_no}: {message}", "campaign_item", str(item.id), f"item.{field}")

    inside = _runs_inside(campaign, item)
    planned_on = _first_planned_on(item, terms) if inside and terms else None
    if planned_on and vat_percent(campaign, item) is None:
        yield fault("pi_e_09", "vat", f"no single VAT rate valid on {planned_on}.")
    if inside is False:
        period = f"{campaign.billing_start_on}..{campaign.billing_end_on}"
        yield fault("pi_e_12", "runtime", f"runtime missing, reversed or outside {period}.")
    if field := _wrong_figure(item):
        yield fault("pi_e_13", field, "amount or booked quantity missing or invalid.")
    if item.payment_start is not None and campaign.payment_interval not in (None, "monthly"):
        yield fault("pi_e_18", "payment_start", "own payment start is only possible with monthly billing.")
    if item.currency != campaign.currency:
        message = f"currency {item.currency} differs from campaign currency {campaign.currency}."
        yield fault("pi_e_20", "currency", message)
    if item.payment_plan:
        yield from _plan_faults(item)
        return
    if campaign.payment_interval == "weekly" and item.billing_basis == "linear" and item.distribution_period == "even":
        yield fault("pi_e_16", "distribution_period", "weekly billing needs day-based distribution.")
    if item.billing_basis == "delivery" and item.billing_category not in METRICS:
        yield fault("pi_e_19", "billing_category", f"category {item.billing_category} has nothing to count.")


def _counted_by_day(item: CampaignItem, entity: LegalEntity, deliveries: Mapping[UUID, ItemDelivery]) -> bool:
    """Whether weeks of the item can be counted, where they need to be (PI-REQ-16)."""
    return not item.counted or (entity.daily_delivery and not deliveries.get(item.id, ItemDelivery()).monthly)


def _delivery_faults(item: CampaignItem, unreported: Unreported) -> Iterator[Fault]:
    for days in unreported.get(item.id, ()):
        message = f"Item {item.line_no}: no complete delivery report for {days.start_on}..{days.last_on}."
        yield Fault("", "pi_e_14", message, "campaign_item", str(item.id), "item.delivery")


def _runs_inside(campaign: MediaCampaign, item: CampaignItem) -> bool | None:
    """Whether the item runs inside the billing period; None while there is no billing period to compare with."""
    period, runtime = campaign.billing_period, item.runtime
    if period is None:
        return None
    return runtime is not None and runtime.overlap(period) == runtime


def _wrong_figure(item: CampaignItem) -> str | None:
    if item.amount is None or item.amount < 0:
        return "amount"
    counted = item.distribution_unit == "quantity" or item.billing_basis == "delivery"
    return "quantity" if counted and (item.booked_quantity or 0) < 1 else None


def _plan_faults(item: CampaignItem) -> Iterator[Fault]:
    def fault(code: str, message: str) -> Fault:
        where = f"Item {item.line_no}: payment plan"
        return Fault("", code, f"{where} {message}", "campaign_item", str(item.id), "item.payment_plan")

    incomplete = payment_plan.incomplete_entries(item.payment_plan)
    for entry_no, field in incomplete:
        yield fault("pi_e_24", f"entry {entry_no} lacks {field}.")
    if incomplete or item.amount is None or payment_plan.adds_up(item.payment_plan, item.amount):
        return
    total = payment_plan.plan_total(item.payment_plan)
    if isinstance(total, Decimal):
        yield fault("pi_e_17", f"adds up to {total:.2f} %, expected 100.00 %.")
    else:
        of = currency(item.currency)
        yield fault("pi_e_17", f"adds up to {Money(total, of)}, expected {Money(item.amount, of)}.")


def _first_planned_on(item: CampaignItem, terms: Terms) -> date | None:
    if item.payment_plan:
        return min((entry.invoice_on for entry in item.payment_plan if entry.invoice_on), default=None)
    if item.start_on is None:
        return None
    start = item.payment_start or terms.payment_start
    return planned_invoice_on(accounting_interval(service_interval(item.start_on, terms), terms, start), terms.due_at)


def _item_warnings(item: CampaignItem, terms: Terms, delivery: ItemDelivery) -> Iterator[Fault]:
    def warning(code: str, message: str) -> Fault:
        return Fault("", code, f"Item {item.line_no}: {message}", "campaign_item", str(item.id), "item")

    if item.billing_basis == "delivery":
        delivered = delivery.within(item.runtime) if item.runtime else 0
        if over := over_delivered(item.booked_quantity or 0, delivered, unlimited=item.unlimited):
            yield warning("pi_w_03", f"{over} units delivered beyond the booking are not billed.")
        if (item.payment_start or terms.payment_start) == "before_during":
            yield warning("pi_w_02", "billed by delivery but planned before the interval is over.")
    elif item.distribution_unit == "quantity" and terms.interval == "weekly" and item.runtime and item.booked_quantity:
        spans = [slice_.days for slice_ in slices(item.runtime, terms)]
        if falls_below_hundred_units(item.booked_quantity, weigh(spans, item.distribution_period)):
            message = "fewer than 100 units fall on some interval; whole units make the split uneven."
            yield warning("pi_w_01", message)
