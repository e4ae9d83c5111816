"""The tables of contract invoices, one view for each invoice type (CT-ITY-03 to 06, CT-ITY-10)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from services.invoicing.domain.invoice_rows import (
    TimeRow,
    Unit,
    copy_rows,
    line_rows,
    net_shares,
    occurrences,
    time_rows,
)
from shared.kernel.money import rounded_ratio
from shared.runtime.paper.table import Column, Group, Table
from shared.runtime.paper.words import (
    amount,
    counted,
    day,
    day_of_month,
    days,
    joined,
    number,
    seconds,
    weekday,
    window,
)

Record = Mapping[str, Any]
# How much of what aired stands together: on one line whatever its width, and in one row, which no page end tears.
_TIMES_OF_A_LINE, _TIMES_OF_A_ROW, _LETTERS_OF_A_ROW = 6, 100, 1000
_AMOUNT = Column("amount", "Amount", is_number=True)
_UNIT_COLUMNS = (
    Column("date", "Date"),
    Column("weekday", "Day"),
    Column("air_time", "Aired", is_number=True),
    Column("length", "Length", is_number=True),
    Column("avail_type", "Avail"),
    Column("copy", "Copy", 3),
    Column("cart_no", "Cart", 2),
    Column("rate", "Rate", is_number=True),
)
# What the heading of a line says, for groups that want it in each row.
_MORE_UNIT_COLUMNS = (
    Column("line_no", "Line", is_number=True),
    Column("station", "Station"),
    Column("comment", "Comment", 2),
)
_LINE_COLUMNS = (
    Column("line_no", "Line", is_number=True),
    Column("comment", "Description", 1),
    Column("count", "Count", is_number=True),
    _AMOUNT,
)
_TIME_COLUMNS = (
    Column("window", "Ordered time"),
    Column("length", "Length", is_number=True),
    Column("rate", "Rate", is_number=True),
    Column("count", "Count", is_number=True),
    Column("air_time", "Aired", 1),
    _AMOUNT,
)
_COPY_COLUMNS = (
    Column("copy", "Copy", 1),
    Column("cart_no", "Cart"),
    Column("count", "Airings", is_number=True),
    Column("rates", "Rates"),
    Column("amount", "Sum", is_number=True),
)


class Airtime:
    """The items of a contract invoice as its tables show them, at gross rates or at its stations' net ones."""

    def __init__(self, invoice: Record, lines: Sequence[Record]) -> None:
        self._invoice = invoice
        self._of: str = invoice["currency"]
        self._frozen: Record = invoice["frozen"]
        amounts = [line["amount"] for line in lines]
        self._gross_amount = sum(amounts)
        self._gross_units = [self._unit(line) for line in lines]
        shown = net_shares(amounts, invoice["net_amount"]) if self.is_net else amounts
        self._units = [unit._replace(amount=amount) for unit, amount in zip(self._gross_units, shown, strict=True)]

    @property
    def is_net(self) -> bool:
        """Whether rows carry what is left after discount and agency commission (CT-ITY-14)."""
        return bool(self._frozen.get("layout", {}).get("rates") == "net")

    def table(self) -> Table:
        """The rows of the invoice's type; an upfront invoice has one per line whatever the type (CT-CYC-08)."""
        if self._invoice["variant"] == "upfront":
            return self._upfront()
        views: dict[str, Callable[[], Table]] = {
            "summary": self._summary,
            "time": lambda: self._times(with_rates=False),
            "time_rates": lambda: self._times(with_rates=True),
        }
        return views.get(self._frozen["invoice_type"], self._detail)()

    def breakdown(self) -> Table | None:
        """Of a co-op affidavit: each piece of copy with its script, airings, rates and sum (CT-ITY-10).

        Always at gross, whatever rates the rows show: it is what the manufacturer shares the cost by.
        """
        rows = copy_rows(self._gross_units)
        if self._frozen["invoice_type"] != "co_op_notarized_affidavit" or not rows:
            return None
        scripts = {id_: copy["script"] for id_, copy in self._frozen["copies"].items()}
        groups = [
            Group(
                "",
                scripts.get(row.copy_id, ""),
                [
                    {
                        "copy": row.copy_name,
                        "cart_no": row.cart_no,
                        "count": str(row.airing_count),
                        "rates": ", ".join(f"{count} × {self._money(rate)}" for rate, count in row.rates),
                        "amount": self._money(row.amount),
                    }
                ],
            )
            for row in rows
        ]
        total = {
            "copy": "All airings",
            "count": str(sum(row.airing_count for row in rows)),
            "amount": self._money(sum(row.amount for row in rows)),
        }
        groups.append(Group("", "", [total]))
        return Table(_COPY_COLUMNS, groups, heading="Breakdown by copy, at gross")

    def _detail(self) -> Table:
        groups = []
        for line_no, members in groupby(self._units, key=lambda unit: unit.line_no):
            of_line = list(members)
            rows = [self._detail_row(unit) for unit in of_line]
            groups.append(self._group(line_no, of_line, rows))
        return Table(_UNIT_COLUMNS, groups, more=_MORE_UNIT_COLUMNS)

    def _detail_row(self, unit: Unit) -> dict[str, str]:
        return {
            "date": day(unit.dated_on),
            "weekday": weekday(unit.dated_on),
            "air_time": unit.air_time,
            "length": seconds(unit.length_seconds),
            "avail_type": unit.avail_type,
            "copy": unit.text if unit.is_off_air else unit.copy_name,
            "cart_no": unit.cart_no,
            "line_no": number(unit.line_no),
            "station": unit.station,
            "comment": unit.text if unit.is_off_air else self._comment(unit),
            "rate": self._money(unit.amount),
        }

    def _group(self, line_no: str, units: Sequence[Unit], rows: Sequence[dict[str, str]]) -> Group:
        return Group(
            joined(f"Line {number(line_no)}", units[0].station, window(units[0].window)),
            "" if units[0].is_off_air else self._comment(units[0]),
            rows,
            self._count(units),
            self._money(sum(unit.amount for unit in units)),
        )

    def _summary(self) -> Table:
        rows = [
            {
                "line_no": number(row.line_no),
                "comment": self._line_text(row.units[0]),
                "count": str(len(row.units)),
                "amount": self._money(row.amount),
            }
            for row in line_rows(self._units)
        ]
        return Table(_LINE_COLUMNS, [Group("", "", rows)], kept=2)

    def _comment(self, unit: Unit) -> str:
        return str(self._frozen["lines"].get(unit.line_no, {}).get("comment", ""))

    def _line_text(self, unit: Unit) -> str:
        said = unit.text if unit.is_off_air else self._comment(unit)
        return joined(unit.station, window(unit.window), seconds(unit.length_seconds), said)

    def _times(self, *, with_rates: bool) -> Table:
        columns = [one for one in _TIME_COLUMNS if with_rates or one.key != "rate"]
        groups = []
        for _, members in groupby(time_rows(self._units, with_rates=with_rates), key=lambda row: row.station_id):
            of_station = list(members)
            rows = [cells for row in of_station for cells in self._time_cells(row)]
            units = [unit for row in of_station for unit in row.units]
            groups.append(
                Group(
                    of_station[0].station, "", rows, self._count(units), self._money(sum(unit.amount for unit in units))
                )
            )
        if due := occurrences(self._units):
            rows = [
                {
                    "window": day(one.dated_on),
                    "air_time": joined(one.station, one.text),
                    "amount": self._money(one.amount),
                }
                for one in due
            ]
            sums = self._money(sum(one.amount for one in due))
            groups.append(Group("Other revenue", "", rows, counted(len(due), "amount", "amounts"), sums))
        return Table(columns, groups, kept=1)

    def _time_cells(self, row: TimeRow) -> list[dict[str, str]]:
        first, *more = _airings(row.units)
        cells = {
            "window": window(row.window),
            "length": seconds(row.length_seconds),
            "rate": "" if row.rate_amount is None else self._rate(row.rate_amount),
            "count": str(len(row.units)),
            "air_time": first,
            "amount": self._money(row.amount),
        }
        return [cells, *({"air_time": one} for one in more)]

    def _upfront(self) -> Table:
        rows = []
        for unit in self._units:
            line = self._frozen["lines"].get(unit.line_no, {})
            flight = days(date.fromisoformat(line["start_on"]), date.fromisoformat(line["end_on"])) if line else ""
            is_credit = unit.amount < 0
            said = unit.text if is_credit else line.get("comment", "")
            clock = (line["start_minute"], line["end_minute"]) if line.get("start_minute") is not None else None
            rows.append(
                {
                    "line_no": number(unit.line_no),
                    "comment": joined(unit.station, flight, window(clock), seconds(line.get("length_seconds")), said),
                    "count": "" if is_credit else str(line.get("quantity", "")),
                    "amount": self._money(unit.amount),
                }
            )
        return Table(_LINE_COLUMNS, [Group("", "", rows)], kept=2)

    def _unit(self, line: Record) -> Unit:
        details = line["details"] or {}
        ordered = self._frozen.get("lines", {}).get(line["order_no"], {})
        start, end = ordered.get("start_minute"), ordered.get("end_minute")
        is_off_air = ordered.get("kind", "off_air") == "off_air" and line["details"] is None
        return Unit(
            line_no=line["order_no"],
            is_off_air=is_off_air,
            station_id=str(line["media_id"]),
            station=line["media_name"],
            dated_on=line["dated_on"],
            air_time=details.get("air_time", ""),
            window=None if start is None or end is None or is_off_air else (start, end),
            length_seconds=details.get("length_seconds"),
            avail_type=details.get("avail_type", ""),
            copy_id=details.get("copy_id", ""),
            copy_name=details.get("copy_name", ""),
            cart_no=details.get("cart_no", ""),
            text=line["text"],
            rate_amount=line["amount"],
            amount=line["amount"],
        )

    def _count(self, units: Sequence[Unit]) -> str:
        aired = sum(not unit.is_off_air for unit in units)
        return counted(aired, "spot", "spots") if aired else counted(len(units), "amount", "amounts")

    def _rate(self, gross_rate: int) -> str:
        """A unit's rate; at net rates it is rounded on its own, only rows' amounts add up to the net."""
        gross, net = self._gross_amount, self._invoice["net_amount"]
        if self.is_net and gross:
            return self._money(rounded_ratio(gross_rate * (net if gross > 0 else -net), abs(gross)))
        return self._money(gross_rate)

    def _money(self, minor: int) -> str:
        return amount(minor, self._of)


def _airings(units: Sequence[Unit]) -> list[str]:
    """Air dates, each with its times: Mo 12 Jan 07:00, 08:15; Tu 13 Jan 07:00.

    A date and its times are not torn apart, but where there are more than a line may hold; what fills a good part of a
    page goes on in further rows, which may stand on the next.
    """
    said = [""]
    for on, members in groupby(units, key=lambda unit: unit.dated_on):
        times = [unit.air_time for unit in members]
        for first in range(0, len(times), _TIMES_OF_A_ROW):
            some = times[first : first + _TIMES_OF_A_ROW]
            apart = ",\u00a0" if len(some) <= _TIMES_OF_A_LINE else ", "
            span = "\u00a0".join((weekday(on), day_of_month(on), apart.join(some)))
            if said[-1] and len(said[-1]) + len(span) > _LETTERS_OF_A_ROW:
                said[-1] += ";"
                said.append(span)
            else:
                said[-1] = "; ".join(filter(None, (said[-1], span)))
    return said
