"""Which unit gets which break."""

from uuid import UUID

import pytest

from services.contracts.domain.placement import Board, Break, Present, Unit, place
from services.contracts.domain.separation import Apart, Belongs, Method, Separation
from shared.kernel.errors import Invalid

MORNING, NOON, EVENING = UUID(int=1), UUID(int=2), UUID(int=3)
OAK, ELM, CARS, BANKS = UUID(int=101), UUID(int=102), UUID(int=103), UUID(int=104)


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
        "belongs": Belongs(OAK),
    }
    return Unit(UUID(int=number), **(usual | terms))  # type: ignore[arg-type]


def slot(id_: UUID, minute: int, avails: int = 2, seconds: int = 60, types: tuple[str, ...] = ("A",)) -> Break:
    return Break(id_, minute, types, avails, seconds, minute)


def there(slot_id: UUID, position: int, belongs: Belongs | None = None) -> Present:
    return Present(belongs or Belongs(OAK), 30, slot_id, position)


@pytest.mark.rule("CT-LOG-04")
def test_weight_then_rate_then_contract_and_line_and_the_earliest_break() -> None:
    units = [
        unit(15, contract_no=2),
        unit(14, line_no=2),
        unit(13),
        unit(12, rate=2000),
        unit(11, placement=1, rate=0),
    ]
    places, bumped = place(units, Board([slot(NOON, 720), slot(MORNING, 420)]))
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
    places, bumped = place([unit(9, **terms)], Board([slot(NOON, 720)]))
    assert (len(places), len(bumped)) == ((1, 0) if fits else (0, 1))


@pytest.mark.rule("CT-LOG-03")
def test_a_full_break_takes_no_more_though_seconds_are_left() -> None:
    board = Board([slot(NOON, 720, seconds=600)], [there(NOON, 1)])
    places, bumped = place([unit(1), unit(2)], board)
    assert [one.position for one in places] == [2]
    assert len(bumped) == 1


@pytest.mark.rule("CT-LOG-03", "CT-LOG-15")
def test_a_position_that_became_free_is_used_again_and_none_twice() -> None:
    board = Board([slot(NOON, 720, avails=4, seconds=600)], [there(NOON, 1), there(NOON, 3)])
    places, _ = place([unit(1), unit(2), unit(3)], board)
    assert [one.position for one in places] == [2, 4]


@pytest.mark.rule("CT-LIN-04")
def test_a_composite_avail_takes_either_type_the_first_named_preferred() -> None:
    breaks = [slot(NOON, 720, types=("B", "A")), slot(EVENING, 720, types=("A", "B"))]
    places, _ = place([unit(1), unit(2, avail_type="B")], Board(breaks))
    assert {one.unit_id.int: one.break_id for one in places} == {1: EVENING, 2: NOON}


def kept_apart(kind: str, of: UUID, method: Method, distance: int) -> tuple[Apart, ...]:
    return (Apart(kind, of, Separation(method, distance)),)  # type: ignore[arg-type]


QUARTERS = [slot(UUID(int=200 + minute), minute, avails=3, seconds=180) for minute in (420, 430, 435, 445)]


@pytest.mark.rule("CT-LOG-05")
@pytest.mark.parametrize(
    ("method", "distance", "placed"),
    [
        ("none", 0, [(420, 1), (420, 2), (420, 3), (430, 1)]),
        ("minutes", 0, [(420, 1), (420, 2), (420, 3), (430, 1)]),
        ("minutes", 10, [(420, 1), (430, 1), (445, 1)]),
        ("minutes", 15, [(420, 1), (435, 1)]),
        ("minutes", 16, [(420, 1), (445, 1)]),
        ("avails", 1, [(420, 1), (420, 3), (430, 2), (435, 1)]),
        ("avails", 4, [(420, 1), (430, 3), (445, 2)]),
    ],
)
@pytest.mark.parametrize("kind", ["advertiser", "conflict"])
def test_units_keep_minutes_either_side_or_avails_between(
    kind: str, method: Method, distance: int, placed: list[tuple[int, int]]
) -> None:
    party = OAK if kind == "advertiser" else CARS
    apart = kept_apart(kind, party, method, distance)
    units = [unit(number, belongs=Belongs(OAK, (CARS,)), apart=apart) for number in range(1, 5)]
    places, bumped = place(units, Board(QUARTERS))
    assert [(one.break_id.int - 200, one.position) for one in places] == placed
    assert len(bumped) == 4 - len(placed)


@pytest.mark.rule("CT-LOG-05")
def test_a_unit_keeps_apart_only_from_its_own_customer_and_conflicts() -> None:
    apart = kept_apart("conflict", CARS, "minutes", 60)
    car = unit(1, belongs=Belongs(OAK, (CARS,)), apart=apart)
    bank = unit(2, belongs=Belongs(ELM, (BANKS,)), apart=kept_apart("conflict", BANKS, "minutes", 60))
    secondary = unit(3, belongs=Belongs(ELM, (BANKS, CARS)), apart=kept_apart("conflict", BANKS, "none", 0) + apart)
    places, bumped = place([car, bank], Board(QUARTERS[:1]))
    assert ([one.unit_id for one in places], bumped) == ([car.id, bank.id], [])
    places, bumped = place([car, secondary], Board(QUARTERS))
    assert ([one.unit_id for one in places], bumped) == ([car.id], [secondary.id])


@pytest.mark.rule("CT-LOG-05")
def test_a_line_that_overrides_ignores_the_distance_and_others_still_keep_it() -> None:
    apart = kept_apart("advertiser", OAK, "minutes", 60)
    free, strict = unit(1), unit(2, apart=apart)
    places, bumped = place([strict, unit(3, placement=9)], Board(QUARTERS[:1]))
    assert (len(places), bumped) == (2, [])
    places, bumped = place([free, strict], Board(QUARTERS))
    assert ([one.unit_id for one in places], bumped) == ([free.id], [strict.id])


@pytest.mark.rule("CT-LOG-05", "CT-LOG-18")
def test_minutes_are_elapsed_ones_and_reach_into_the_logs_beside() -> None:
    apart = kept_apart("advertiser", OAK, "minutes", 30)
    early = Break(MORNING, 10, ("A",), 2, 60, 10)
    before = Present(Belongs(OAK), 30, None, 0, elapsed_minute=-15)
    assert place([unit(1, apart=apart)], Board([early], [before]))[1] == [UUID(int=1)]
    far = Present(Belongs(OAK), 30, None, 0, elapsed_minute=-20)
    assert place([unit(1, apart=apart)], Board([early], [far]))[1] == []
    # The clock goes from 02:00 to 03:00: 01:50 and 03:10 lie twenty minutes apart, not eighty.
    night = [Break(MORNING, 110, ("A",), 1, 60, 110), Break(NOON, 190, ("A",), 1, 60, 130)]
    assert len(place([unit(1, apart=apart), unit(2, apart=apart)], Board(night))[1]) == 1


@pytest.mark.rule("CT-LOG-03", "CT-LOG-05")
def test_by_hand_a_unit_may_stand_outside_its_window_or_too_close_but_not_without_room() -> None:
    apart = kept_apart("advertiser", OAK, "minutes", 60)
    board = Board([slot(NOON, 720, avails=3, seconds=75), slot(EVENING, 1200, types=("B",))], [there(NOON, 2)])
    placed = board.place_by_hand(unit(1, end_minute=720, apart=apart), NOON)
    assert (placed.place.position, placed.outside_window, placed.too_close) == (1, True, ("advertiser",))
    for one, break_id in ((unit(2), NOON), (unit(3), EVENING), (unit(4), MORNING)):
        with pytest.raises(Invalid, match="does_not_fit"):
            board.place_by_hand(one, break_id)
    tight = Board([slot(NOON, 720, avails=1)])
    inside = tight.place_by_hand(unit(5, apart=apart), NOON)
    assert (inside.place.position, inside.outside_window, inside.too_close) == (1, False, ())


@pytest.mark.rule("CT-LOG-05")
def test_by_hand_the_avail_that_breaks_least_is_taken() -> None:
    board = Board([slot(NOON, 720, avails=5, seconds=300)], [there(NOON, 2)])
    placed = board.place_by_hand(unit(1, apart=kept_apart("advertiser", OAK, "avails", 1)), NOON)
    assert (placed.place.position, placed.too_close) == (4, ())
