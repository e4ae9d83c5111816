"""What the lists of units are asked with: a value that cannot be stored or meant is refused by its parameter's name."""

import base64
import json
from collections.abc import Iterable

import httpx
import pytest

from services.contracts.api.spots import SheetQuery, SpotQuery
from tests.contracts.sales import Sales, at
from tests.contracts.traffic import Traffic

# As they stand in a URL: NUL in several coats, bytes that are no UTF-8, half a surrogate pair.
NEVER = ("%00", "a%00b", "%C0%80", "%FF", "%ED%A0%80")
NUMBERS = ("0", "-1", "1.5", "x", "", str(2**31), str(2**63), str(2**64), "9" * 400, "1e3", "0x10")
IDS = ("1", "x", "", str(2**128), "01900000-0000-7000-8000-00000000000g")
DAYS = (
    "0000-01-01", "0001-01-01", "1989-12-31", "2200-01-01", "9999-12-31", "10000-01-01", "-4713-01-01", "2026-02-30",
    "2026-13-01", "20261001", "2026-10-01T00:00:00Z", "infinity", "today", "1", "",
)  # fmt: skip
FLAGS = ("maybe", "2", "", str(2**64))
WORDS = ("x" * 41,)
STATES = ("lost", "", "AIRED")
LISTED = {
    "limit": (*NUMBERS, "501"),
    "cursor": ("x", "%20", "e30", "W10", "A" * 1001),
    "with_total": FLAGS,
    "contract_id": IDS,
    "contract_no": NUMBERS,
    "client_id": IDS,
    "station_id": IDS,
    "line_id": IDS,
    "state": STATES,
    "copy_id": IDS,
    "cart_no": WORDS,
    "invoice_id": IDS,
    "invoice_no": WORDS,
    "invoiced": FLAGS,
    "off_air": FLAGS,
    "log_on.gte": DAYS,
    "log_on.lte": DAYS,
    "target_on.gte": DAYS,
    "target_on.lte": DAYS,
}
PRINTED = {
    "format": ("xlsx", "", "PDF"),
    "download": FLAGS,
    "column": ("notes", "", "x" * 41),
    "state": STATES,
    "target_on.gte": DAYS,
    "target_on.lte": DAYS,
}
OF_A_PAGE = ("limit", "cursor", "with_total")


def _named(answer: httpx.Response, asked: str) -> set[str]:
    """The parameters that a refusal names."""
    assert answer.status_code == 422, (asked[:80], answer.status_code, answer.text[:200])
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == problem["errors"][0]["code"]
    return {fault["field"] for fault in problem["errors"]}


async def _refused_by_name(traffic: Traffic, path: str, name: str, values: Iterable[str]) -> None:
    for value in values:
        for asked in (f"{name}={value}", f"{name}={value}&{name}={value}"):
            assert _named(await traffic.http.get(f"{path}?{asked}"), asked) == {name}, asked


def test_the_tables_name_every_parameter() -> None:
    for shape, table in ((SpotQuery, LISTED), (SheetQuery, PRINTED)):
        assert set(table) == {field.alias or name for name, field in shape.model_fields.items()}


@pytest.mark.rule("CT-LOG-16")
@pytest.mark.parametrize("name", LISTED)
async def test_spot_detail_refuses_what_a_parameter_cannot_be(traffic: Traffic, name: str) -> None:
    await _refused_by_name(traffic, "/v1/spots", name, (*NEVER, *LISTED[name]))


@pytest.mark.rule("CT-LOG-16")
@pytest.mark.parametrize("name", PRINTED)
async def test_so_does_the_printed_spot_detail(sales: Sales, name: str) -> None:
    path = at(await sales.draft(sales.line()), "spot-detail")
    await _refused_by_name(sales.traffic, path, name, (*NEVER, *PRINTED[name]))


@pytest.mark.rule("CT-LOG-13")
@pytest.mark.parametrize("name", OF_A_PAGE)
async def test_so_does_the_makegood_list(traffic: Traffic, name: str) -> None:
    await _refused_by_name(traffic, "/v1/makegoods", name, (*NEVER, *LISTED[name]))


@pytest.mark.parametrize("path", ["/v1/spots", "/v1/makegoods"])
async def test_a_cursor_made_up_by_hand_is_refused(traffic: Traffic, path: str) -> None:
    for keys in (
        [], [1], [1, 2], [None, None], [True, False], [[], {}], ["2026-10-01", 7], [2**70, "x"], ["2026-10-01", "x"],
        ["9999-99-99", "01900000-0000-7000-8000-000000000000"], [2**63, "01900000-0000-7000-8000-000000000000"],
        [1, 2, 3], ["\x00", "\x00"],
    ):  # fmt: skip
        packed = json.dumps([str(traffic.tenant_id), *keys]).encode()
        cursor = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        assert _named(await traffic.http.get(path, params={"cursor": cursor}), str(keys)) == {"cursor"}, keys


async def test_all_that_is_wrong_is_named_at_once(traffic: Traffic) -> None:
    answer = await traffic.http.get("/v1/spots?cart_no=%00&contract_no=1&invoice_no=a%00")
    assert _named(answer, "two that cannot be stored") == {"cart_no", "invoice_no"}
    answer = await traffic.http.get(f"/v1/spots?contract_no=1&contract_no={2**64}&log_on.gte=9999-12-31")
    assert _named(answer, "two out of range") == {"contract_no", "log_on.gte"}
    answer = await traffic.http.get("/v1/spots?a%00b=1")
    assert _named(answer, "a name that cannot be stored") == {"a\ufffdb"}
