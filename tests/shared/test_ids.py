"""New ids follow time and never repeat; derived ids repeat for the same parts only."""

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.ids import derived_id, new_id

PARTS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x1f")), min_size=1, max_size=4)


def test_new_ids_are_of_version_7_different_and_in_order_of_time() -> None:
    ids = [new_id() for _ in range(1000)]
    milliseconds = [made.int >> 80 for made in ids]
    assert {made.version for made in ids} == {7}
    assert len(set(ids)) == 1000
    assert milliseconds == sorted(milliseconds)


@given(one=PARTS, other=PARTS)
def test_derived_ids_are_the_same_for_the_same_parts_only(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) is (one == other)
