"""How service days are cut into intervals, and which accounting interval and invoice date each gets (PI-INT)."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

from services.preinvoice.domain.campaign import DueAt, LegalEntity, MediaCampaign, PaymentInterval, PaymentStart
from shared.kernel.period import Period, Weekday, calendar_month, first_of_month, week

_MONTHS: dict[PaymentInterval, int] = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
# The years that doors and events let through.
_FIRST, _LAST_YEAR = date(1990, 1, 1), 2199


@dataclass(frozen=True, slots=True)
class Terms:
    """The complete billing terms of a campaign; `start_of_week` matters to weekly billing only."""

    interval: PaymentInterval
    payment_start: PaymentStart
    due_at: DueAt
    billing_period: Period
    start_of_week: Weekday = Weekday.MONDAY


class Slice(NamedTuple):
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
    return _calendar(terms.interval, terms.start_of_week).whole[_place(day, terms)].service


def slices(runtime: Period, terms: Terms) -> list[Slice]:
    """The item's days by service interval, in order; the first and the last may be partial (PI-INT-03, PI-INT-07)."""
    if terms.interval == "total":
        return [Slice(runtime, _total(runtime, terms))]
    start_on, end_on = runtime.start_on, runtime.end_on
    whole = _calendar(terms.interval, terms.start_of_week).whole
    found = whole[_place(start_on, terms) : _place(runtime.last_on, terms) + 1]
    days, service = found[0]
    if days.start_on < start_on:
        found[0] = Slice(Period(start_on, min(days.end_on, end_on)), service)
    days, service = found[-1]
    if days.end_on > end_on:
        found[-1] = Slice(Period(days.start_on, end_on), service)
    return found


def day_counts(runtime: Period, terms: Terms) -> list[int]:
    """The days of each slice, without making the slices: all that distribution by days asks (PI-DST-04).

    >>> from datetime import date
    >>> spring = Period(date(2026, 2, 20), date(2026, 4, 3))
    >>> day_counts(spring, Terms("monthly", "after", "interval_end", spring))
    [9, 31, 2]
    """
    if terms.interval == "total":
        return [slices(runtime, terms)[0].days.day_count]
    whole, lengths = _calendar(terms.interval, terms.start_of_week)
    first, last = _place(runtime.start_on, terms), _place(runtime.last_on, terms)
    if first == last:
        return [runtime.day_count]
    counts = lengths[first : last + 1]
    counts[0] = (whole[first].service.end_on - runtime.start_on).days
    counts[-1] = (runtime.end_on - whole[last].service.start_on).days
    return counts


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


class _Calendar(NamedTuple):
    """Every interval of the years we know, whole, and its days: the same for all items, so each is made once."""

    whole: list[Slice]
    lengths: list[int]


@cache
def _calendar(interval: PaymentInterval, starting_on: Weekday) -> _Calendar:
    found, following, last = [], _FIRST, date(_LAST_YEAR, 12, 31)
    while following <= last:
        service = week(following, starting_on) if interval == "weekly" else _months(following, _MONTHS[interval])
        found.append(Slice(service, service))
        following = service.end_on
    return _Calendar(found, [part.service.day_count for part in found])


def _total(runtime: Period, terms: Terms) -> Period:
    """The one interval of a campaign billed in total."""
    if runtime.overlap(terms.billing_period) != runtime:
        raise ValueError("the item runs outside the billing period")
    return terms.billing_period


def _place(day: date, terms: Terms) -> int:
    """Where the interval that holds a day stands in its calendar."""
    if not _FIRST.year <= day.year <= _LAST_YEAR:
        raise ValueError(f"the calendar runs from {_FIRST.year} to {_LAST_YEAR}")
    if terms.interval == "weekly":
        return (day - _calendar("weekly", terms.start_of_week).whole[0].service.start_on).days // 7
    return ((day.year - _FIRST.year) * 12 + day.month - 1) // _MONTHS[terms.interval]


def _months(day: date, count: int) -> Period:
    first = date(day.year, (day.month - 1) // count * count + 1, 1)
    return Period(first, first_of_month(first, count))


def _frame(terms: Terms) -> Period:
    if terms.interval in ("weekly", "total"):
        return terms.billing_period
    return Period(first_of_month(terms.billing_period.start_on), calendar_month(terms.billing_period.last_on).end_on)
