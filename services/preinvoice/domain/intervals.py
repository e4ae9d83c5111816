"""How service days are cut into intervals, and which accounting interval and invoice date each gets (PI-INT)."""

from dataclasses import dataclass
from datetime import date

from services.preinvoice.domain.campaign import DueAt, LegalEntity, MediaCampaign, PaymentInterval, PaymentStart
from shared.kernel.period import Period, Weekday, calendar_month, first_of_month, week

_MONTHS: dict[PaymentInterval, int] = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}


@dataclass(frozen=True, slots=True)
class Terms:
    """The complete billing terms of a campaign; `start_of_week` matters to weekly billing only."""

    interval: PaymentInterval
    payment_start: PaymentStart
    due_at: DueAt
    billing_period: Period
    start_of_week: Weekday = Weekday.MONDAY


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """The days of one item in one service interval (PI-INT-03)."""

    days: Period
    service: Period


def terms_of(campaign: MediaCampaign, entity: LegalEntity | None) -> Terms | None:
    """The campaign's terms, or None while one of them is missing."""
    interval, period = campaign.payment_interval, campaign.billing_period
    if interval is None or campaign.payment_start is None or campaign.due_at is None or period is None:
        return None
    starts = entity.start_of_week if entity else None
    if interval == "weekly" and starts is None:
        return None
    return Terms(interval, campaign.payment_start, campaign.due_at, period, starts or Weekday.MONDAY)


def service_interval(day: date, terms: Terms) -> Period:
    """The calendar interval that holds a day: never counted from the campaign's start (PI-INT-02)."""
    if terms.interval == "total":
        return terms.billing_period
    if terms.interval == "weekly":
        return week(day, terms.start_of_week)
    return _months(day, _MONTHS[terms.interval])


def slices(runtime: Period, terms: Terms) -> list[Slice]:
    """The item's days by service interval, in order; the first and the last may be partial (PI-INT-03, PI-INT-07)."""
    found, day = [], runtime.start_on
    while day < runtime.end_on:
        service = service_interval(day, terms)
        days = runtime.overlap(service)
        if days is None:
            raise ValueError("the item runs outside the billing period")
        found.append(Slice(days, service))
        day = days.end_on
    return found


def accounting_interval(service: Period, terms: Terms, payment_start: PaymentStart) -> Period:
    """The accounting interval of a service interval.

    Before or during it is the service interval cut to a frame (PI-INT-04): the billing period for weekly and total, its
    whole months otherwise. After, it begins the day after that and lasts to the end of the week or month (PI-INT-05).
    """
    during = service.overlap(_frame(terms))
    if during is None:
        raise ValueError("the service interval lies outside the billing period")
    if payment_start == "before_during":
        return during
    following = (
        week(during.end_on, terms.start_of_week) if terms.interval == "weekly" else calendar_month(during.end_on)
    )
    return Period(during.end_on, following.end_on)


def accounting_interval_on(day: date, terms: Terms) -> Period:
    """The accounting interval a late adjustment made on `day` belongs to; a campaign billed in total uses the month."""
    return calendar_month(day) if terms.interval == "total" else service_interval(day, terms)


def planned_invoice_on(accounting: Period, due_at: DueAt) -> date:
    """The first or the last day of the accounting interval (PI-INT-06)."""
    return accounting.start_on if due_at == "interval_start" else accounting.last_on


def _months(day: date, count: int) -> Period:
    first = date(day.year, (day.month - 1) // count * count + 1, 1)
    return Period(first, first_of_month(first, count))


def _frame(terms: Terms) -> Period:
    if terms.interval in ("weekly", "total"):
        return terms.billing_period
    return Period(first_of_month(terms.billing_period.start_on), calendar_month(terms.billing_period.last_on).end_on)
