"""First valid rotation, fall-through, cursors, midnight, direct rotations: the catalogue's examples."""

from datetime import date
from uuid import UUID

import pytest

from services.contracts.domain.rotation import Airing, Copy, Cursors, Rotation, assign, sequence_of
from services.contracts.domain.shadows import shadowed
from shared.kernel.errors import Invalid
from shared.kernel.ids import derived_id
from shared.kernel.period import Period

KAAA, KBBB = derived_id("KAAA"), derived_id("KBBB")
EVERY_DAY, WORKDAYS = frozenset(range(7)), frozenset(range(5))


def clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def days(first: str, last: str) -> Period:
    return Period.inclusive(date.fromisoformat(first), date.fromisoformat(last))


def named(name: str) -> UUID:
    return derived_id("copy", name)


def copy(name: str, first: str = "2026-01-01", last: str = "2026-12-31", length: int = 30, **more: object) -> Copy:
    return Copy(named(name), length, days(first, last), **more)  # type: ignore[arg-type]


def rotation(
    name: str,
    names: str,
    first: str,
    last: str,
    window: str = "00:00-24:00",
    *,
    weekdays: frozenset[int] = EVERY_DAY,
    length: int = 30,
    station: UUID | None = KAAA,
) -> Rotation:
    start, end = window.split("-")
    return Rotation(
        derived_id("rotation", name),
        station,
        length,
        days(first, last),
        clock(start),
        clock(end),
        weekdays,
        tuple(named(one) for one in names.split()),
    )


def airing(day: str, at: str, length: int = 30, station: UUID = KAAA, direct: UUID | None = None) -> Airing:
    return Airing(derived_id(day, at), station, length, date.fromisoformat(day), clock(at), direct)


def results(
    airings: list[Airing], rotations: list[Rotation], copies: list[Copy], cursors: Cursors | None = None
) -> tuple[list[str], Cursors]:
    known = {one.id: one for one in copies}
    texts = {named(name): name for name in ("A1", "A2", "L1", "S1", "S2", "I1", "A", "B")}
    chosen, after = assign(airings, rotations, known, cursors or {})
    return [texts[one.copy_id] if one.copy_id else "none" for one in chosen], after


ALL_DAY = rotation("All Day", "A1 A2", "2026-06-01", "2026-06-28")
LUNCH = rotation("Lunch", "L1", "2026-06-01", "2026-06-28", "11:30-13:30", weekdays=WORKDAYS)
LUNCH_COPIES = [copy("A1"), copy("A2"), copy("L1")]
LUNCH_UNITS = [
    airing("2026-06-09", "07:20"),
    airing("2026-06-09", "11:30"),
    airing("2026-06-09", "12:45"),
    airing("2026-06-09", "13:29"),
    airing("2026-06-09", "13:30"),
    airing("2026-06-09", "17:10"),
    airing("2026-06-13", "12:10"),
]


@pytest.mark.rule("CT-ROT-06", "CT-ROT-07", "CT-ROT-10", "CT-ROT-30")
def test_lunch_first_falls_through_to_all_day() -> None:
    assert results(LUNCH_UNITS, [LUNCH, ALL_DAY], LUNCH_COPIES)[0] == ["A1", "L1", "L1", "L1", "A2", "A1", "A2"]


@pytest.mark.rule("CT-ROT-06", "CT-ROT-29", "CT-ROT-30")
def test_all_day_first_hides_lunch_and_saving_can_say_so() -> None:
    assert results(LUNCH_UNITS, [ALL_DAY, LUNCH], LUNCH_COPIES)[0] == ["A1", "A2", "A1", "A2", "A1", "A2", "A1"]
    known = {one.id: one for one in LUNCH_COPIES}
    assert shadowed([ALL_DAY, LUNCH], known) == {LUNCH.id: ALL_DAY.id}
    assert shadowed([LUNCH, ALL_DAY], known) == {}


@pytest.mark.rule("CT-ROT-29")
@pytest.mark.parametrize(
    ("earlier", "reached"),
    [
        (rotation("Mo to Fr", "A1", "2026-06-01", "2026-06-28", weekdays=WORKDAYS), True),
        (rotation("Short copy", "S1", "2026-06-01", "2026-06-28"), True),
        (rotation("Another length", "A1", "2026-06-01", "2026-06-28", length=60), True),
        (rotation("A day less", "A1", "2026-06-01", "2026-06-27"), True),
        (rotation("All stations", "A1", "2026-05-01", "2026-07-28", station=None), False),
        (rotation("All week", "A1", "2026-06-01", "2026-06-28"), False),
    ],
)
def test_an_entry_is_hidden_only_where_an_earlier_one_covers_all_of_it(earlier: Rotation, *, reached: bool) -> None:
    later = rotation("Later", "A2", "2026-06-01", "2026-06-28")
    copies = [copy("A1"), copy("A2"), copy("S1", last="2026-06-20")]
    hidden = shadowed([earlier, later], {one.id: one for one in copies})
    assert hidden == ({} if reached else {later.id: earlier.id})


@pytest.mark.rule("CT-ROT-08", "CT-ROT-09", "CT-ROT-12", "CT-ROT-25")
def test_copy_dates_make_a_rotation_invalid_and_the_search_goes_on() -> None:
    copies = [
        copy("S1", "2026-06-01", "2026-06-14", 60),
        copy("S2", "2026-06-08", "2026-06-21", 60),
        copy("I1", length=60),
    ]
    sale = rotation("Sale", "S1 S2", "2026-06-01", "2026-06-30", length=60)
    image = rotation("Image", "I1", "2026-06-01", "2026-06-30", length=60)
    cursors: Cursors = {}
    seen = {}
    for day in ("06-05", "06-07", "06-10", "06-11", "06-14", "06-15", "06-21", "06-22", "07-01"):
        found, cursors = results([airing(f"2026-{day}", "09:00", 60)], [sale, image], copies, cursors)
        seen[day] = found[0]
    assert seen == {
        "06-05": "S1",
        "06-07": "S1",
        "06-10": "S2",
        "06-11": "S1",
        "06-14": "S2",
        "06-15": "S2",
        "06-21": "S2",
        "06-22": "I1",
        "07-01": "none",
    }


@pytest.mark.rule("CT-ROT-24", "CT-ROT-25", "CT-ROT-27", "CT-ROT-28")
def test_ratio_cursor_preview_and_unlock() -> None:
    copies = [copy("A", "2026-01-01", "2026-06-10"), copy("B")]
    list_ = [rotation("Ratio", "A A B", "2026-06-01", "2026-06-30", station=None)]
    cursor = (list_[0].id, KAAA)
    tenth = [airing("2026-06-10", f"{hour:02d}:00") for hour in (6, 8, 10, 12)]
    eleventh = [airing("2026-06-11", f"{hour:02d}:00") for hour in (6, 8, 10)]
    names, before = results(tenth, list_, copies)
    assert names == ["A", "A", "B", "A"]
    assert before == {cursor: 1}, "the next item is the second entry"
    preview, after = results(eleventh, list_, copies, before)
    assert preview == ["B", "B", "B"]
    assert after == {cursor: 0}
    assert before == {cursor: 1}, "a preview moves no cursor, and unlocking takes the old ones again"
    assert results(eleventh, list_, copies, before)[0] == ["B", "B", "B"]
    assert results([airing("2026-06-10", "06:00", station=KBBB)], list_, copies, before)[0] == ["A"]


@pytest.mark.rule("CT-ROT-24", "CT-ROT-03")
def test_ratios_repeat_a_copy_in_the_sequence() -> None:
    x, y, z = named("X"), named("Y"), named("Z")
    assert sequence_of([(x, 3), (y, 2), (z, 5)]) == (x, x, x, y, y, z, z, z, z, z)
    for ratio in (0, 100):
        with pytest.raises(Invalid, match="ratio"):
            sequence_of([(x, ratio)])


@pytest.mark.rule("CT-ROT-13", "CT-ROT-09")
def test_a_direct_rotation_has_no_fall_through() -> None:
    at_three = "2026-06-09", "15:00"
    assert results([airing(*at_three)], [LUNCH, ALL_DAY], LUNCH_COPIES)[0] == ["A1"]
    bound = airing(*at_three, direct=LUNCH.id)
    assert results([bound], [LUNCH, ALL_DAY], LUNCH_COPIES)[0] == ["none"]


@pytest.mark.rule("CT-ROT-11")
@pytest.mark.parametrize(
    ("day", "at", "found"),
    [
        ("2026-06-05", "23:00", "A1"),  # Friday, the day the window opens
        ("2026-06-06", "01:59", "A1"),  # Saturday morning belongs to Friday's window
        ("2026-06-06", "02:00", "none"),
        ("2026-06-06", "23:00", "none"),  # Saturday is not ticked
        ("2026-06-05", "01:00", "none"),  # Friday morning belongs to Thursday's window
        ("2026-06-27", "01:00", "A1"),  # the day after the last one, still in its window
    ],
)
def test_behind_midnight_the_day_before_decides(day: str, at: str, found: str) -> None:
    night = rotation("Night", "A1", "2026-06-05", "2026-06-26", "22:00-02:00", weekdays=frozenset({4}))
    assert results([airing(day, at)], [night], [copy("A1")])[0] == [found]


@pytest.mark.rule("CT-ROT-11", "CT-ROT-08")
def test_behind_midnight_copy_dates_are_tested_on_the_units_own_date() -> None:
    night = rotation("Night", "A1", "2026-06-05", "2026-06-26", "22:00-02:00")
    assert results([airing("2026-06-06", "01:00")], [night], [copy("A1", last="2026-06-05")])[0] == ["none"]


@pytest.mark.rule("CT-ROT-07", "CT-ROT-08", "CT-ROT-12")
def test_the_answer_says_what_was_tried_and_why_it_did_not_serve() -> None:
    list_ = [
        rotation("elsewhere", "A1", "2026-06-01", "2026-06-28", station=KBBB),
        rotation("long", "A1", "2026-06-01", "2026-06-28", length=60),
        rotation("later", "A1", "2026-06-01", "2026-06-28", "18:00-20:00"),
        rotation("past", "A1", "2026-05-01", "2026-05-28"),
        rotation("weekend", "A1", "2026-06-01", "2026-06-28", weekdays=frozenset({5, 6})),
        rotation("stale", "A1 A2 S1", "2026-06-01", "2026-06-28"),
    ]
    copies = [copy("A1", active=False), copy("A2", station_ids=frozenset({KBBB})), copy("S1", length=60)]
    chosen, _ = assign([airing("2026-06-09", "07:20")], list_, {one.id: one for one in copies}, {})
    assert chosen[0].copy_id is None
    assert [one.reason for one in chosen[0].tried] == ["station", "length", "time", "dates", "weekday", "no_valid_copy"]


@pytest.mark.rule("CT-ROT-02", "CT-ROT-03", "CT-ROT-10")
def test_impossible_rotations_are_refused() -> None:
    with pytest.raises(Invalid, match="time_order"):
        rotation("x", "A1", "2026-06-01", "2026-06-28", "10:00-10:00")
    with pytest.raises(Invalid, match="schedule"):
        rotation("x", "A1", "2026-06-01", "2026-06-28", weekdays=frozenset())
    with pytest.raises(Invalid, match="rotation_empty"):
        rotation("x", "", "2026-06-01", "2026-06-28")
