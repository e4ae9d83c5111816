"""The lunch-hour example: the same two rotations in both orders, and which copy airs at a quarter past twelve."""

from typing import Any

from deploy.demo.api import Api, Document
from deploy.demo.report import Report


class LunchHour:
    """One contract's two rotations; `expected` is what the input files make of either order."""

    def __init__(self, api: Api, report: Report, expected: dict[str, Any]) -> None:
        self._api = api
        self._report = report
        self._expected = expected

    def show(self) -> None:
        """Lunch Hour first as it was imported, then moved below All Day, and back again before any log is locked."""
        contract = self._coded("contracts", self._expected["contract"])
        rotations = f"/v1/contracts/contracts/{contract['id']}/rotations"
        choice = f"/v1/contracts/contracts/{contract['id']}/copy-choice"
        station = self._coded("stations", self._expected["station"])
        first, second = self._expected["orders"]
        with self._report.step(
            f"Lunch-hour copy of {contract['code']}: the order of the rotations decides",
            *("Order", "Unit at", "Rotation", "Copy", "Passed over", "Warning"),
        ) as table:
            for wanted in (first, second):
                listed = self._ordered(rotations, wanted["order"])
                warnings = [one["text"] for one in listed["warnings"]]
                said = ", then ".join(wanted["order"])
                warning = self._compare(f"warnings of {said}", ", ".join(warnings), ", ".join(wanted["warnings"]))
                for position, unit in enumerate(wanted["units"]):
                    asked = {
                        "station_id": station["id"],
                        "air_on": unit["on"],
                        "air_time": unit["at"],
                        "length_seconds": self._expected["length_seconds"],
                    }
                    told = self._told(unit, self._api.get(choice, **asked), said)
                    head, tail = (said, warning) if position == 0 else ("", "")
                    table.add_row(head, f"{unit['on'][5:]} {unit['at']}", *told, tail)
                table.add_section()
        self._ordered(rotations, first["order"])

    def _told(self, unit: Document, choice: Document, said: str) -> list[str]:
        """The rotation and copy a unit would get, and why each rotation before it did not serve."""
        at = f"{unit['on']} {unit['at']}, {said}"
        passed = {one["name"]: one["reason"] for one in choice["tried"]}
        return [
            self._compare(f"rotation at {at}", choice["rotation_name"], unit["rotation"]),
            self._compare(f"copy at {at}", choice["cart_no"], unit["cart_no"]),
            self._compare(f"passed over at {at}", _words(passed), _words(unit["passed"])),
        ]

    def _ordered(self, rotations: str, order: list[str]) -> Document:
        """The list once the entry that should be first has been moved there."""
        listed = self._api.get(rotations)
        first = next(one for one in listed["items"] if one["name"] == order[0])
        if first["position"] != listed["items"][0]["position"]:
            path = f"{rotations}/{first['id']}/moves"
            listed = self._api.post(path, {"direction": "up"}, version_of=rotations)
        self._compare("order of the rotations", [one["name"] for one in listed["items"]], order)
        return listed

    def _compare(self, what: str, found: object, expected: object) -> str:
        return self._report.compare(what, found, expected)

    def _coded(self, register: str, code: str) -> Document:
        return next(one for one in self._api.all(f"/v1/contracts/{register}") if one["code"] == code)


def _words(passed: dict[str, str]) -> str:
    return ", ".join(f"{name}: {reason}" for name, reason in passed.items())
