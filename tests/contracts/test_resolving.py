"""A whole log at once gets the copy that unit by unit would choose, and a shadow is what nothing can ever reach."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.domain.resolving import Deck, Served
from services.contracts.domain.rotation import Airing, Copy, Cursors, Rotation, assign, ratios_of, sequence_of
from services.contracts.domain.rotation_list import SpotOrder, moved, suits, whole
from services.contracts.domain.shadows import shadowed
from shared.kernel.ids import derived_id
from shared.kernel.period import Period

KAAA, KBBB = derived_id("KAAA"), derived_id("KBBB")
FIRST = date(2026, 6, 1)
CONTRACTS = [derived_id("contract", number) for number in range(2)]
COPY_IDS = [derived_id("copy", number) for number in range(4)]
MINUTES = [0, 360, 720, 1080, 1440]


def _period(start: int, days: int) -> Period:
    return Period(FIRST + timedelta(start), FIRST + timedelta(start + days))


periods = st.builds(_period, st.integers(-3, 12), st.integers(1, 12))
windows = st.tuples(st.sampled_from(MINUTES[:-1]), st.sampled_from(MINUTES)).filter(lambda pair: pair[0] != pair[1])
weekdays = st.frozensets(st.integers(0, 6), min_size=1)
sequences = st.lists(st.sampled_from(COPY_IDS), min_size=1, max_size=5).map(tuple)
stations = st.sampled_from([None, KAAA, KBBB])


@st.composite
def rotations(draw: st.DrawFn, length: int | None = None) -> Rotation:
    start, end = draw(windows)
    return Rotation(
        draw(st.uuids()),
        draw(stations),
        length or draw(st.sampled_from([30, 60])),
        draw(periods),
        start,
        end,
        draw(weekdays),
        draw(sequences),
    )


@st.composite
def copies(draw: st.DrawFn, length: int | None = None) -> dict[UUID, Copy]:
    made = {}
    for copy_id in COPY_IDS[: draw(st.integers(1, 4))]:
        seconds = length or draw(st.sampled_from([30, 30, 30, 60]))
        where = draw(st.sampled_from([frozenset[UUID](), frozenset({KAAA}), frozenset({KBBB})]))
        made[copy_id] = Copy(copy_id, seconds, draw(periods), draw(st.sampled_from([True, True, True, False])), where)
    return made


units = st.lists(
    st.tuples(st.sampled_from(CONTRACTS), st.integers(0, 1439), st.sampled_from([30, 60]), st.integers(-4, 2)),
    max_size=25,
)


@pytest.mark.rule("CT-ROT-06", "CT-ROT-07", "CT-ROT-09", "CT-ROT-11", "CT-ROT-13", "CT-ROT-25", "CT-ROT-26")
@settings(max_examples=300, deadline=None)
@given(
    lists=st.lists(st.lists(rotations(), max_size=4), min_size=2, max_size=2),
    known=copies(),
    wanted=units,
    day=st.integers(-1, 15),
    start=st.integers(0, 7),
)
def test_a_log_at_once_is_its_units_one_by_one(
    lists: list[list[Rotation]], known: dict[UUID, Copy], wanted: list[tuple[UUID, int, int, int]], day: int, start: int
) -> None:
    air_on = FIRST + timedelta(day)
    by_contract = dict(zip(CONTRACTS, lists, strict=True))
    cursors: Cursors = {(one.id, KAAA): start for list_ in lists for one in list_}
    served, airings = [], []
    for number, (contract_id, minute, length, bound) in enumerate(wanted):
        own = by_contract[contract_id]
        direct = own[bound].id if 0 <= bound < len(own) else None
        served.append(Served(contract_id, minute, length, direct))
        airings.append((contract_id, Airing(UUID(int=number), KAAA, length, air_on, minute, direct)))
    deck = Deck(KAAA, by_contract, known, cursors)
    chosen, before = deck.resolve(air_on, served)
    expected: dict[UUID, UUID | None] = {}
    stand = cursors
    for contract_id in CONTRACTS:
        found, stand = assign([one for of, one in airings if of == contract_id], by_contract[contract_id], known, stand)
        expected |= {choice.airing_id: choice.copy_id for choice in found}
    assert chosen == [expected[UUID(int=number)] for number in range(len(wanted))]
    lengths = {one.id: len(one.sequence) for list_ in lists for one in list_}
    after = dict(deck.moved())
    for (rotation_id, station_id), position in cursors.items():
        stands = after.get(rotation_id, position)
        assert stands % lengths[rotation_id] == stand[rotation_id, station_id] % lengths[rotation_id]
    assert dict(before) == dict.fromkeys(after, start), "what unlocking puts back is what was there"
    deck.undo()
    assert dict(deck.moved()) == {}
    assert deck.resolve(air_on, served).copies == chosen, "a log that was refused moved no cursor"


@pytest.mark.rule("CT-ROT-25", "CT-ROT-26")
@settings(max_examples=100, deadline=None)
@given(
    list_=st.lists(rotations(), max_size=4), known=copies(), logs=st.lists(units, max_size=4), day=st.integers(0, 12)
)
def test_logs_one_after_the_other_continue_where_the_last_one_stood(
    list_: list[Rotation], known: dict[UUID, Copy], logs: list[list[tuple[UUID, int, int, int]]], day: int
) -> None:
    contract_id, stand = CONTRACTS[0], Cursors()
    deck = Deck(KAAA, {contract_id: list_}, known, {})
    for number, wanted in enumerate(logs):
        air_on = FIRST + timedelta(day + number)
        airings = [
            Airing(UUID(int=at), KAAA, length, air_on, minute) for at, (_, minute, length, _) in enumerate(wanted)
        ]
        chosen, stand = assign(airings, list_, known, stand)
        served = [Served(contract_id, one.minute, one.length_seconds, None) for one in airings]
        assert deck.resolve(air_on, served).copies == [choice.copy_id for choice in chosen]


@pytest.mark.rule("CT-ROT-29")
@settings(max_examples=400, deadline=None)
@given(earlier=rotations(30), later=rotations(30), known=copies(30))
def test_a_shadow_is_never_reached_at_any_minute_of_any_day(
    earlier: Rotation, later: Rotation, known: dict[UUID, Copy]
) -> None:
    served = {"with": 0, "alone": 0}
    for offset in range(-6, 30):
        for minute in (0, 180, 360, 540, 720, 900, 1080, 1260, 1439):
            for station_id in (KAAA, KBBB):
                airing = Airing(UUID(int=1), station_id, 30, FIRST + timedelta(offset), minute)
                both, _ = assign([airing], [earlier, later], known, {})
                alone, _ = assign([airing], [later], known, {})
                served["with"] += both[0].rotation_id == later.id
                served["alone"] += alone[0].rotation_id == later.id
    hidden = shadowed([earlier, later], known)
    if hidden:
        assert hidden == {later.id: earlier.id}
        assert served["with"] == 0 < served["alone"]
    elif served["with"] == 0 and not any(one.station_ids for one in known.values()):
        assert served["alone"] == 0, "only what could be reached at all is reported"


@pytest.mark.rule("CT-ROT-24")
def test_a_sequence_reads_as_copies_with_ratios_and_back() -> None:
    x, y = COPY_IDS[:2]
    turns = [(x, 3), (y, 2), (x, 1)]
    assert ratios_of(sequence_of(turns)) == turns
    assert ratios_of(()) == []


@pytest.mark.rule("CT-ROT-15")
@pytest.mark.parametrize(
    ("moving", "direction", "after"),
    [(0, "up", "012"), (0, "down", "102"), (1, "up", "102"), (1, "down", "021"), (2, "down", "012")],
)
def test_an_entry_moves_one_place_and_stops_at_the_ends(moving: int, direction: str, after: str) -> None:
    order = [UUID(int=number) for number in range(3)]
    assert [one.int for one in moved(order, order[moving], direction)] == [int(one) for one in after]  # type: ignore[arg-type]


@pytest.mark.rule("CT-ROT-19", "CT-ROT-20")
def test_copy_suits_a_line_by_length_and_run_and_a_new_entry_spans_all_lines() -> None:
    line = SpotOrder(Period.inclusive(date(2026, 6, 8), date(2026, 6, 14)), 360, 600, 30)
    other = SpotOrder(Period.inclusive(date(2026, 6, 10), date(2026, 6, 20)), 480, 1140, 60)
    june = Period.inclusive(date(2026, 6, 1), date(2026, 6, 8))
    assert suits(Copy(COPY_IDS[0], 30, june), line)
    assert not suits(Copy(COPY_IDS[0], 60, june), line)
    assert not suits(Copy(COPY_IDS[0], 30, june, active=False), line)
    assert not suits(Copy(COPY_IDS[0], 30, Period.inclusive(date(2026, 6, 15), date(2026, 6, 30))), line)
    every = whole([line, other])
    assert (every.flight.start_on, every.flight.last_on) == (date(2026, 6, 8), date(2026, 6, 20))
    assert (every.start_minute, every.end_minute, every.length_seconds) == (360, 1140, 30)
