"""Lunch-hour copy: what the order of a contract's two rotations decides, worked out from the CSV files alone."""

from datetime import date

from examples.files import Totals, read

# When a unit asks: on a Tuesday, and on the Saturday after it.
ASKED = [
    ("2026-10-06", "07:20"), ("2026-10-06", "11:00"), ("2026-10-06", "12:15"), ("2026-10-06", "14:00"),
    ("2026-10-10", "12:15"),
]  # fmt: skip
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Entry = dict[str, str]


def lunch_hour() -> Totals:
    """Both orders of a contract that runs at lunch: the warning, and the copy a unit gets by time (CT-ROT-30)."""
    lunch, line = next(
        (row, line)
        for row in read("rotations")
        for line in read("contract_lines")
        if row["name"] == "Lunch Hour"
        and line["contract_external_id"] == row["contract_external_id"]
        and row["start_time"] <= line["start_time"] < line["end_time"] <= row["end_time"]
    )
    contract = lunch["contract_external_id"]
    entries = [row for row in read("rotations") if row["contract_external_id"] == contract]
    return {
        "contract": contract,
        "station": line["station_code"],
        "length_seconds": int(lunch["length_seconds"]),
        "orders": [_order(entries), _order(entries[::-1])],
    }


def _order(entries: list[Entry]) -> Totals:
    return {
        "order": [one["name"] for one in entries],
        "warnings": [
            f"{later['name']} after {earlier['name']} is never reached"
            for position, later in enumerate(entries)
            for earlier in entries[:position]
            if _covers(earlier, later)
        ],
        "units": [_unit(entries, on, at) for on, at in ASKED],
    }


def _unit(entries: list[Entry], on: str, at: str) -> Totals:
    """The first entry that fits gives its first copy; of those before it, what did not fit."""
    passed: dict[str, str] = {}
    for entry in entries:
        if not entry["start_time"] <= at < entry["end_time"]:
            passed[entry["name"]] = "time"
        elif _WEEKDAYS[date.fromisoformat(on).weekday()] not in _weekdays(entry):
            passed[entry["name"]] = "weekday"
        else:
            cart = entry["items"].split(";")[0]
            return {"on": on, "at": at, "rotation": entry["name"], "cart_no": cart, "passed": passed}
    return {"on": on, "at": at, "rotation": None, "cart_no": None, "passed": passed}


def _covers(earlier: Entry, later: Entry) -> bool:
    """Whether every hour and weekday of the later entry is the earlier one's; their dates and copies are the same."""
    hours = earlier["start_time"] <= later["start_time"] and later["end_time"] <= earlier["end_time"]
    return hours and _weekdays(later) <= _weekdays(earlier)


def _weekdays(entry: Entry) -> set[str]:
    return set(filter(None, entry["weekdays"].split(";"))) or set(_WEEKDAYS)
