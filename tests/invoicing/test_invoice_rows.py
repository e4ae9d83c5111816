"""Six views of the same items, with the figures of EX-CT-21."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.invoicing.documents.airtime import Airtime
from services.invoicing.domain.invoice_rows import (
    NO_COPY,
    Unit,
    copy_rows,
    line_rows,
    net_shares,
    occurrences,
    time_rows,
)
from tests.invoicing.builders import minor

MORNING, AFTERNOON = (360, 600), (900, 1140)


def unit(line: int, copy: str, rate: str, window: tuple[int, int], length: int = 30, number: int = 0) -> Unit:
    return Unit(
        f"{line:03d}", False, "kaaa", "Radio KAAA", date(2026, 1, 12 + number), "07:00", window, length, "A",
        copy.lower(), copy, f"C-{copy}", "", minor(rate), minor(rate),
    )  # fmt: skip


AIRED = [
    *(unit(1, copy, "60.00", MORNING, number=number) for number, copy in enumerate("ABA")),
    *(unit(2, copy, "0.00", MORNING, number=number) for number, copy in enumerate("BA")),
    *(unit(3, copy, "45.00", AFTERNOON, number=number) for number, copy in enumerate("AB")),
    unit(4, "C", "70.00", AFTERNOON, 60),
]
BANNER = Unit(
    "005", True, "kaaa", "Radio KAAA", date(2026, 1, 24), "", None, None, "", "", "", "", "Web banner January",
    minor("150.00"), minor("150.00"),
)  # fmt: skip
TOTAL = minor("340.00")


def stored(one: Unit) -> dict[str, Any]:
    """The unit as a line of a stored invoice."""
    details = {
        "air_time": one.air_time, "length_seconds": one.length_seconds, "avail_type": one.avail_type,
        "copy_id": one.copy_id, "copy_name": one.copy_name, "cart_no": one.cart_no,
    }  # fmt: skip
    return {
        "order_no": one.line_no, "media_id": one.station_id, "media_name": one.station, "dated_on": one.dated_on,
        "details": details, "text": "", "amount": one.amount,
    }  # fmt: skip


@pytest.mark.rule("CT-ITY-03", "CT-ITY-12")
@pytest.mark.parametrize("invoice_type", ["detail", "co_op_notarized_affidavit"])
def test_detail_and_co_op_show_every_unit_under_its_line(invoice_type: str) -> None:
    lines = {one.line_no: {"kind": "spots"} for one in AIRED}
    frozen = {"invoice_type": invoice_type, "lines": lines}
    invoice = {"currency": "EUR", "variant": "normal", "net_amount": TOTAL, "frozen": frozen}
    groups = Airtime(invoice, [stored(one) for one in AIRED]).table().groups
    assert [(len(group.rows), group.subtotal) for group in groups] == [
        (3, "180.00"), (2, "0.00"), (2, "90.00"), (1, "70.00")
    ]  # fmt: skip
    shown = [row for group in groups for row in group.rows]
    assert [(row["copy"], row["rate"]) for row in shown] == [
        ("A", "60.00"), ("B", "60.00"), ("A", "60.00"), ("B", "0.00"), ("A", "0.00"), ("A", "45.00"), ("B", "45.00"),
        ("C", "70.00"),
    ]  # fmt: skip


@pytest.mark.rule("CT-ITY-04", "CT-ITY-12")
def test_summary_has_a_row_per_line() -> None:
    rows = line_rows([*AIRED, BANNER])
    assert [(int(row.line_no), len(row.units), row.amount) for row in rows] == [
        (1, 3, minor("180.00")),
        (2, 2, 0),
        (3, 2, minor("90.00")),
        (4, 1, minor("70.00")),
        (5, 1, minor("150.00")),
    ]
    assert sum(row.amount for row in rows[:4]) == TOTAL


@pytest.mark.rule("CT-ITY-10")
def test_two_copies_of_one_name_stay_apart() -> None:
    other = unit(1, "A", "60.00", MORNING)._replace(copy_id="a2", cart_no="C-A2")
    rows = copy_rows([unit(1, "A", "60.00", MORNING), other, unit(2, "A", "0.00", MORNING)])
    assert [(row.copy_name, row.cart_no, row.airing_count, row.amount) for row in rows] == [
        ("A", "C-A", 2, minor("60.00")),
        ("A", "C-A2", 1, minor("60.00")),
    ]


@pytest.mark.rule("CT-ITY-05", "CT-ITY-06")
@pytest.mark.parametrize("with_rates", [False, True])
def test_two_stations_of_one_name_stay_apart(with_rates: bool) -> None:
    second = unit(1, "A", "60.00", MORNING)._replace(station_id="kbbb")
    rows = time_rows([unit(1, "A", "60.00", MORNING), second], with_rates=with_rates)
    assert [(row.station_id, row.station, len(row.units)) for row in rows] == [
        ("kaaa", "Radio KAAA", 1),
        ("kbbb", "Radio KAAA", 1),
    ]


@pytest.mark.rule("CT-ITY-05", "CT-ITY-12")
def test_time_groups_by_station_window_and_length() -> None:
    rows = time_rows([*AIRED, BANNER])
    assert [(row.window, row.length_seconds, row.rate_amount, len(row.units), row.amount) for row in rows] == [
        (MORNING, 30, None, 5, minor("180.00")),
        (AFTERNOON, 30, None, 2, minor("90.00")),
        (AFTERNOON, 60, None, 1, minor("70.00")),
    ]
    assert sum(row.amount for row in rows) == TOTAL
    assert occurrences([*AIRED, BANNER]) == [BANNER]
    elsewhere = [one._replace(station="Radio KBBB") for one in AIRED]
    assert len(time_rows([*AIRED, *elsewhere])) == 6


@pytest.mark.rule("CT-ITY-06", "CT-ITY-12")
def test_time_rates_adds_the_rate_to_the_key() -> None:
    rows = time_rows(AIRED, with_rates=True)
    assert [(row.window, row.length_seconds, row.rate_amount, len(row.units), row.amount) for row in rows] == [
        (MORNING, 30, minor("60.00"), 3, minor("180.00")),
        (MORNING, 30, 0, 2, 0),
        (AFTERNOON, 30, minor("45.00"), 2, minor("90.00")),
        (AFTERNOON, 60, minor("70.00"), 1, minor("70.00")),
    ]
    assert sum(row.amount for row in rows) == TOTAL


@pytest.mark.rule("CT-ITY-10", "CT-ITY-12")
def test_co_op_breaks_down_by_copy_and_adds_up_to_the_spot_gross() -> None:
    rows = copy_rows([*AIRED, BANNER])
    assert [(row.copy_name, row.airing_count, row.amount) for row in rows] == [
        ("A", 4, minor("165.00")),
        ("B", 3, minor("105.00")),
        ("C", 1, minor("70.00")),
    ]
    assert rows[0].rates == ((minor("60.00"), 2), (minor("45.00"), 1), (0, 1))
    assert sum(row.amount for row in rows) == TOTAL


@pytest.mark.rule("CT-ITY-10")
def test_an_aired_unit_without_copy_is_listed_as_such_at_the_end() -> None:
    bare = unit(1, "", "60.00", MORNING)
    rows = copy_rows([bare, *AIRED])
    assert (rows[-1].copy_name, rows[-1].airing_count, rows[-1].amount) == (NO_COPY, 1, minor("60.00"))
    assert sum(row.amount for row in rows) == TOTAL + minor("60.00")


@pytest.mark.rule("CT-ITY-14", "CT-ITY-12")
@given(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=40), st.integers(0, 10_000))
def test_net_rates_add_up_to_the_net(gross: list[int], kept: int) -> None:
    net = sum(gross) * kept // 10_000
    assert sum(net_shares(gross, net)) == (net if sum(gross) else 0)


@pytest.mark.rule("CT-ITY-14")
def test_a_row_of_zero_stays_zero_at_net_rates() -> None:
    assert net_shares([6000, 6000, 0, 4500], 14025) == [5100, 5100, 0, 3825]
