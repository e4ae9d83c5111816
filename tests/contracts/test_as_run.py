"""As-run logs: which unit a played line means, and which units a person must decide on (CT-LOG-10)."""

import pytest

from services.contracts.domain.as_run import Expected, Played, judge, match_as_run
from shared.kernel.ids import derived_id

_HOUR = 3600


def _unit(name: str, second: int, cart: str) -> Expected:
    return Expected(derived_id(name), second, cart, 30, 7)


def _line(name: str, second: int, cart: str, contract_no: int | None = None) -> Played:
    return Played(derived_id(name), second, cart, 30, contract_no)


@pytest.mark.rule("CT-LOG-10")
def test_a_line_means_the_nearest_unit_of_its_cart() -> None:
    units = [_unit("seven", 7 * _HOUR, "A1"), _unit("half past", 7 * _HOUR + 600, "A1")]
    lines = [_line("late", 7 * _HOUR + 590, "A1"), _line("early", 7 * _HOUR - 20, "A1")]
    assert match_as_run(lines, units) == {
        derived_id("late"): derived_id("half past"),
        derived_id("early"): derived_id("seven"),
    }


@pytest.mark.rule("CT-LOG-10")
@pytest.mark.parametrize(
    ("line", "matched", "doubtful"),
    [
        (_line("line", 7 * _HOUR + 100, "A1"), True, False),
        (_line("line", 7 * _HOUR + 60, "B9"), False, True),
        (_line("line", 7 * _HOUR + 1500, "A1"), False, True),
        (_line("line", 7 * _HOUR + 1500, "B9"), False, False),
        (_line("line", 7 * _HOUR, "A1", contract_no=8), False, False),
        (_line("line", 7 * _HOUR, "A1", contract_no=7), True, False),
    ],
    ids=["on time", "another cart", "far off", "unknown", "another contract", "this contract"],
)
def test_a_doubtful_line_leaves_its_unit_to_a_person(line: Played, matched: bool, doubtful: bool) -> None:
    unit = _unit("unit", 7 * _HOUR, "A1")
    judged = judge([line], [unit], {})
    assert (unit.spot_id in judged.units.values()) is matched
    assert (unit.spot_id in judged.doubtful_units, line.id in judged.doubtful_lines) == (doubtful, doubtful)


@pytest.mark.rule("CT-LOG-10")
def test_one_line_serves_one_unit_only() -> None:
    units = [_unit("first", 0, "A1"), _unit("second", 60, "A1")]
    judged = judge([_line("line", 10, "A1")], units, {})
    assert list(judged.units.values()) == [derived_id("first")]
    assert (judged.doubtful_lines, judged.doubtful_units) == (frozenset(), frozenset())


@pytest.mark.rule("CT-LOG-10")
def test_what_a_person_decided_stands_and_the_rest_matches_around_it() -> None:
    units = [_unit("seven", 0, "A1"), _unit("eight", 600, "A1")]
    lines = [_line("early", 10, "A1"), _line("other cart", 20, "B9")]
    accepted = judge(lines, units, {derived_id("other cart"): derived_id("seven")})
    assert accepted.units == {derived_id("other cart"): derived_id("seven"), derived_id("early"): derived_id("eight")}
    ignored = judge(lines, units[:1], {derived_id("early"): None})
    assert ignored.units == {}
    assert ignored.doubtful_lines == {derived_id("other cart")}
    assert judge(lines, units[:1], {line.id: None for line in lines}).doubtful_units == frozenset()
