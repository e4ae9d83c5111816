"""Which unit gets which break."""

from uuid import UUID

import pytest

from services.contracts.domain.placement import Break, Unit, place

MORNING, NOON, EVENING = UUID(int=1), UUID(int=2), UUID(int=3)


def unit(number: int, **terms: object) -> Unit:
    usual: dict[str, object] = {
        "avail_type": "A",
        "start_minute": 0,
        "end_minute": 1440,
        "length_seconds": 30,
        "placement": 5,
        "rate": 1000,
        "contract_no": 1,
        "line_no": 1,
    }
    return Unit(UUID(int=number), **(usual | terms))  # type: ignore[arg-type]


def slot(id_: UUID, minute: int, avails: int = 2, seconds: int = 60, types: tuple[str, ...] = ("A",)) -> Break:
    return Break(id_, minute, types, avails, seconds)


@pytest.mark.rule("CT-LOG-04")
def test_weight_then_rate_then_contract_and_line_and_the_earliest_break() -> None:
    units = [
        unit(15, contract_no=2),
        unit(14, line_no=2),
        unit(13),
        unit(12, rate=2000),
        unit(11, placement=1, rate=0),
    ]
    places, bumped = place(units, [slot(NOON, 720), slot(MORNING, 420)])
    assert [(one.unit_id.int, one.break_id, one.position) for one in places] == [
        (11, MORNING, 1),
        (12, MORNING, 2),
        (13, NOON, 1),
        (14, NOON, 2),
    ]
    assert [one.int for one in bumped] == [15]


@pytest.mark.rule("CT-LOG-03", "CT-LOG-06", "CT-LIN-07")
@pytest.mark.parametrize(
    ("terms", "fits"),
    [
        ({}, True),
        ({"start_minute": 720}, True),
        ({"start_minute": 721}, False),
        ({"end_minute": 720}, False),
        ({"end_minute": 721}, True),
        ({"avail_type": "B"}, False),
        ({"length_seconds": 61}, False),
    ],
)
def test_a_unit_fits_by_window_type_and_seconds(terms: dict[str, object], fits: bool) -> None:
    places, bumped = place([unit(9, **terms)], [slot(NOON, 720)])
    assert (len(places), len(bumped)) == ((1, 0) if fits else (0, 1))


@pytest.mark.rule("CT-LOG-03")
def test_a_full_break_takes_no_more_though_seconds_are_left() -> None:
    used = Break(NOON, 720, ("A",), 2, 600, used_avails=1, used_seconds=30)
    places, bumped = place([unit(1), unit(2)], [used])
    assert [one.position for one in places] == [2]
    assert len(bumped) == 1


@pytest.mark.rule("CT-LIN-04")
def test_a_composite_avail_takes_either_type_the_first_named_preferred() -> None:
    breaks = [slot(NOON, 720, types=("B", "A")), slot(EVENING, 720, types=("A", "B"))]
    places, _ = place([unit(1), unit(2, avail_type="B")], breaks)
    assert {one.unit_id.int: one.break_id for one in places} == {1: EVENING, 2: NOON}
