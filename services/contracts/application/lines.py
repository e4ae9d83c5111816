"""Contract lines between the words of doors and files, the domain's values and the stored rows."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.contracts.domain.line import Line, SpotTerms
from services.contracts.domain.schedule import DailySchedule, Frequency, Schedule, WeeklySchedule, spots_per_week
from services.contracts.repository.rows import Record
from shared.kernel.errors import Fault, Invalid
from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.kernel.period import Period, Weekday

_SPOT_FIELDS = (
    "avail_type", "start_time", "end_time", "length_seconds", "counts", "spots_per_week", "dates", "direct_rotation_id",
)  # fmt: skip
_SCHEDULES = ("counts", "spots_per_week", "dates")
# Which field a refusal of a line as a whole is about.
_AT_FAULT = {
    "date_order": "end_on", "time_order": "end_time", "length": "length_seconds", "schedule": "counts",
    "skip_weeks": "skip_weeks", "frequency": "frequency", "amount_precision": "rate_amount",
    "date_outside_flight": "dates", "flight": "end_on",
}  # fmt: skip
# Ten years: a line is expanded date by date.
FLIGHT_DAYS_MAX = 3_660


def line_of_values(values: Mapping[str, Any], line_no: int, currency_code: str) -> Line:
    """A line as a caller states it; refuses what cannot be a line at all (CT-LIN-05, CT-LIN-25)."""
    if values["end_on"] < values["start_on"]:
        raise Invalid("date_order", "The end date lies before the start date.")
    if (values["end_on"] - values["start_on"]).days >= FLIGHT_DAYS_MAX:
        raise Invalid("flight", "A flight lasts ten years at most.")
    return Line(
        line_no,
        Period.inclusive(values["start_on"], values["end_on"]),
        Money.parse(values["rate_amount"], currency(currency_code), "/rate_amount").minor,
        _spot_terms(values) if values["kind"] == "spots" else _frequency(values),
        values["comment"],
    )


def stored_line(line: Line, values: Mapping[str, Any], contract_id: UUID) -> Record:
    """The row of a new, pending line."""
    return {
        "id": new_id(),
        "contract_id": contract_id,
        "line_no": line.line_no,
        "kind": values["kind"],
        "status": "pending",
        "approved_at": None,
        "station_id": values["station_id"],
        "start_on": line.flight.start_on,
        "end_on": line.flight.last_on,
        "override_start_date": values["override_start_date"],
        "rate_amount": line.rate,
        "terms": {**_terms_json(line.terms), "days": sorted(set(values["days"]))},
        "quantity": line.quantity,
        "total_amount": line.total,
        "comment": line.comment,
        "income_account": values["income_account"],
        "direct_rotation_id": values.get("direct_rotation_id"),
        "override_advertiser": values.get("override_advertiser", False),
        "override_conflict": values.get("override_conflict", False),
    }


def line_of(row: Mapping[str, Any]) -> Line:
    """A stored line as the domain's value."""
    terms = row["terms"]
    return Line(
        row["line_no"],
        Period.inclusive(row["start_on"], row["end_on"]),
        row["rate_amount"],
        _stored_spot_terms(terms) if row["kind"] == "spots" else _stored_frequency(terms),
        row["comment"],
    )


def values_of(row: Mapping[str, Any], currency_code: str) -> Record:
    """A stored line in a caller's words: the opposite of `line_of_values` and `stored_line`."""
    kept = (
        "kind", "station_id", "start_on", "end_on", "override_start_date", "income_account", "comment",
        "direct_rotation_id", "override_advertiser", "override_conflict",
    )  # fmt: skip
    terms = row["terms"]
    values: Record = {name: row[name] for name in kept}
    values |= {"rate_amount": Money(row["rate_amount"], currency(currency_code)).decimal, "days": []}
    if row["kind"] == "off_air":
        spots = {**dict.fromkeys(_SPOT_FIELDS), "skip_weeks": 0, "placement": 5}
        return {**spots, **values, "frequency": terms["name"], **_of(terms, "weekday", "month_day")}
    by_week = _of(terms, "days") | {"counts": None, "spots_per_week": sum(terms["counts"])} if terms["any_day"] else {}
    return {
        **values,
        **_of(terms, "avail_type", "length_seconds", "placement", "skip_weeks", "counts"),
        "start_time": terms["start_minute"],
        "end_time": terms["end_minute"],
        "spots_per_week": None,
        "dates": terms["dates"] and {date.fromisoformat(day): count for day, count in terms["dates"].items()},
        "frequency": None,
        "weekday": 0,
        "month_day": 24,
        **by_week,
    }


def patched(values: Mapping[str, Any], changes: Mapping[str, Any]) -> Record:
    """A line's values after changes; another kind of schedule takes the place of the one there was."""
    schedule = dict.fromkeys(_SCHEDULES) if any(changes.get(name) for name in _SCHEDULES) else {}
    return {**values, **schedule, **changes}


def at(pointer: str, refusal: Invalid) -> list[Fault]:
    """The faults of a refusal, told of a place in the request."""
    field = f"/{_AT_FAULT[refusal.code]}" if refusal.code in _AT_FAULT else ""
    return [
        Fault(pointer + fault.pointer, fault.code, fault.message, fault.entity, fault.entity_id, fault.field)
        for fault in refusal.faults or (Fault(field, refusal.code, refusal.message, entity="contract_line"),)
    ]


def _of(terms: Mapping[str, Any], *names: str) -> Record:
    return {name: terms[name] for name in names}


def _spot_terms(values: Mapping[str, Any]) -> SpotTerms:
    if values["frequency"]:
        raise Invalid("frequency", "A spot line has a schedule, no frequency.")
    if values["start_time"] is None or values["end_time"] is None:
        raise Invalid("time_order", "A spot line has a start and an end time.")
    if values["length_seconds"] is None:
        raise Invalid("length", "A spot line has a length.")
    return SpotTerms(
        values["avail_type"],
        values["start_time"],
        values["end_time"],
        values["length_seconds"],
        _schedule(values),
        values["placement"],
    )


def _schedule(values: Mapping[str, Any]) -> Schedule:
    given = [name for name in _SCHEDULES if values[name] is not None]
    if len(given) != 1:
        raise Invalid("schedule", "A spot line has either counts per weekday, spots per week, or dated counts.")
    days = frozenset(Weekday(day) for day in values["days"])
    try:
        if values["counts"] is not None:
            return WeeklySchedule(tuple(values["counts"]), values["skip_weeks"])
        if values["dates"] is not None:
            return DailySchedule(values["dates"])
        return spots_per_week(values["spots_per_week"], days, values["skip_weeks"])
    except Invalid as refusal:
        if refusal.code != "schedule":
            raise
        field = "days" if values["spots_per_week"] is not None and not days else given[0]
        raise Invalid.of([Fault(f"/{field}", refusal.code, refusal.message, "contract_line")]) from None


def _frequency(values: Mapping[str, Any]) -> Frequency:
    message = "An off-air line has no length, times, avail type, schedule or rotation."
    stated = [name for name in _SPOT_FIELDS if values[name] is not None]
    stated += [name for name in ("days", "skip_weeks") if values[name]]
    if stated:
        raise Invalid.of([Fault(f"/{name}", "not_a_spot_line", message, "contract_line") for name in stated])
    if values["frequency"] is None:
        raise Invalid("frequency", "An off-air line falls due daily, weekly, monthly or once.")
    return Frequency(values["frequency"], Weekday(values["weekday"]), values["month_day"])


def _terms_json(terms: SpotTerms | Frequency) -> Record:
    if isinstance(terms, Frequency):
        return {"name": terms.name, "weekday": int(terms.weekday), "month_day": terms.month_day}
    schedule = terms.schedule
    return {
        "avail_type": terms.avail_type,
        "start_minute": terms.start_minute,
        "end_minute": terms.end_minute,
        "length_seconds": terms.length_seconds,
        "placement": terms.placement,
        "counts": list(schedule.counts) if isinstance(schedule, WeeklySchedule) else None,
        "skip_weeks": schedule.skip_weeks if isinstance(schedule, WeeklySchedule) else 0,
        "any_day": isinstance(schedule, WeeklySchedule) and schedule.any_day,
        "dates": (
            {day.isoformat(): count for day, count in schedule.counts.items()}
            if isinstance(schedule, DailySchedule)
            else None
        ),
    }


def _stored_frequency(terms: Mapping[str, Any]) -> Frequency:
    return Frequency(terms["name"], Weekday(terms["weekday"]), terms["month_day"])


def _stored_spot_terms(terms: Mapping[str, Any]) -> SpotTerms:
    schedule: Schedule
    if terms["dates"] is not None:
        schedule = DailySchedule({date.fromisoformat(day): count for day, count in terms["dates"].items()})
    else:
        schedule = WeeklySchedule(tuple(terms["counts"]), terms["skip_weeks"], terms["any_day"])
    return SpotTerms(
        terms["avail_type"],
        terms["start_minute"],
        terms["end_minute"],
        terms["length_seconds"],
        schedule,
        terms["placement"],
    )
