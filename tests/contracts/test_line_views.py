"""The list of lines as each user likes it, through the gateway (CT-LIN-29, CT-LIN-30)."""

from typing import Any

import pytest

from tests.contracts.sales import Public, Sales
from tests.contracts.traffic import Body

STANDARD = [
    "line", "station", "avail_type", "start_date", "end_date", "start_time", "end_time", "length", "schedule", "rate",
    "qty", "total", "rotation",
]  # fmt: skip
OPTIONAL = ["comment", "override_advertiser", "override_conflict", "placement", "repeated", "status", "trashed"]


@pytest.fixture
async def contract(sales: Sales) -> Body:
    """Three lines on two stations, the last of them off air."""
    other = await sales.traffic.station("KBBB")
    return await sales.draft(
        sales.line(counts=[4, 4, 4, 4, 4, 0, 0], rate_amount="40.00", start_time="06:00", end_time="10:00"),
        sales.line(station_id=other, length_seconds=60, skip_weeks=1, placement=2, override_conflict=True),
        sales.off_air(comment="Web banner"),
    )


@pytest.mark.rule("CT-LIN-30", "CT-LIN-29")
async def test_the_standard_columns_show_in_their_order(sales: Sales, public: Public, contract: Body) -> None:
    answer = await public.send("clerk", "GET", f"/contracts/{contract['id']}/lines")
    assert answer.status_code == 200
    listed = answer.json()
    assert listed["columns"] == STANDARD
    ((first, _, banner),) = [group["items"] for group in listed["groups"]]
    assert [list(row) for row in (first, banner)] == [STANDARD] * 2
    assert list(first.values()) == [
        1, "KAAA", "A", "2026-06-01", "2026-06-28", "06:00", "10:00", 30, "Mo–Fr 4", "40.00", 80,
        "3200.00", "Automatic",
    ]  # fmt: skip
    assert list(banner.values()) == [
        3, "KAAA", None, "2026-05-01", "2026-07-31", None, None, None, "monthly on the 24th", "350.00", 3, "1050.00",
        None,
    ]  # fmt: skip
    assert (await public.send("auditor", "GET", "/line-view")).json() == {
        "columns": STANDARD, "sort": ["line"], "group_by": None, "filters": {}, "standard": True,
    }  # fmt: skip


@pytest.mark.rule("CT-LIN-29", "CT-LIN-21", "CT-LIN-22")
async def test_a_user_chooses_orders_sorts_groups_and_filters_saves_that_and_resets_it(
    public: Public, contract: Body
) -> None:
    async def rows(who: str = "ann") -> list[tuple[str | None, list[list[Any]]]]:
        found = (await public.send("clerk", "GET", f"/contracts/{contract['id']}/lines", subject=who)).json()
        return [(group["value"], [list(row.values()) for row in group["items"]]) for group in found["groups"]]

    view = {
        "columns": ["total", "line", "repeated", "status"], "sort": ["-total"], "group_by": "station",
        "filters": {"status": ["pending"]},
    }  # fmt: skip
    saved = await public.send("clerk", "PUT", "/line-view", view, subject="ann")
    assert (saved.status_code, saved.json()) == (200, {**view, "standard": False})
    assert await rows() == [
        ("KAAA", [["3200.00", 1, "every week", "pending"], ["1050.00", 3, None, "pending"]]),
        ("KBBB", [["770.00", 2, "every 2 weeks", "pending"]]),
    ]
    assert len((await rows("bob"))[0][1][0]) == len(STANDARD), "another user keeps another view"
    await public.send("clerk", "PUT", "/line-view", {**view, "filters": {"line": ["2", "3"]}}, subject="ann")
    assert [value for value, _ in await rows()] == ["KAAA", "KBBB"]
    asked = {"column": ["line", "placement"], "sort": "-line"}
    once = (await public.send("clerk", "GET", f"/contracts/{contract['id']}/lines", subject="bob", **asked)).json()
    (group,) = once["groups"]
    assert group["value"] is None
    assert [tuple(row.items()) for row in group["items"]] == [
        (("line", 3), ("placement", None)), (("line", 2), ("placement", 2)), (("line", 1), ("placement", 5)),
    ]  # fmt: skip
    reset = await public.send("clerk", "DELETE", "/line-view", subject="ann")
    assert (reset.json()["columns"], reset.json()["standard"]) == (STANDARD, True)
    assert len((await rows())[0][1]) == 3


@pytest.mark.rule("CT-LIN-29")
@pytest.mark.parametrize("column", [*OPTIONAL])
async def test_optional_columns_show_on_demand(sales: Sales, contract: Body, column: str) -> None:
    listed = await sales.traffic.ask("GET", f"/v1/contracts/{contract['id']}/lines", column=["line", column])
    seen = [row[column] for row in listed["groups"][0]["items"]]
    assert (
        seen
        == {
            "comment": ["", "", "Web banner"],
            "override_advertiser": [False, False, False],
            "override_conflict": [False, True, False],
            "placement": [5, 2, None],
            "repeated": ["every week", "every 2 weeks", None],
            "status": ["pending"] * 3,
            "trashed": [0, 0, 0],
        }[column]
    )


@pytest.mark.rule("CT-LIN-29")
@pytest.mark.parametrize("name", ["margin", "notes", "", "Line", "x" * 50])
async def test_a_column_the_list_does_not_have_is_refused(
    sales: Sales, public: Public, contract: Body, name: str
) -> None:
    path = f"/contracts/{contract['id']}/lines"
    for asked in ({"column": name}, {"sort": f"-{name}"}, {"group_by": name}):
        answer = await public.send("clerk", "GET", path, **asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "column"), asked
    for view in ({"columns": ["line", name]}, {"sort": [name]}, {"group_by": name}, {"filters": {name: ["1"]}}):
        await sales.refused(422, "column", "PUT", "/v1/line-view", view)
    unknown = await public.send("clerk", "GET", path, filter="x")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_parameter")
