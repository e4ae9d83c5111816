"""Spot detail over a million units: typical questions through the service's app, beside bare SQL for the same page."""

import hashlib
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import httpx

from bench.contracts_stand import Stand, stand
from bench.measure import verdict
from bench.spot_detail_seed import CLIENTS, CONTRACTS, COPIES, DAYS, INVOICED, STATIONS, TODAY, seed
from services.contracts.main import create_app
from services.contracts.settings import ContractsSettings
from shared.runtime import log
from tests.tokens import JWKS, bearer

_ASKED, _WARM, _SHOWN, _GOAL_MS, _SEED = 100, 5, 50, 100, 5
_OF_UNITS = "original_target_on, log_on, scheduled_minute, air_minute, aired_at, length_seconds, avail_type, break_id"
_FLOOR = """
SELECT row.*, c.contract_no, c.client_id, c.pre_pay, c.currency, s.code, p.name, p.cart_no, b.avail_types,
  i.invoice_no, i.invoice_on, i.issued_at, i.reversed
FROM (
  (SELECT id, version, contract_id, line_id, line_no, station_id, state, invoice_id, {of_units}, copy_id, target_on,
     rate_amount FROM spot WHERE tenant_id = $1 AND {units} ORDER BY target_on, id LIMIT {shown})
  {others}
  ORDER BY target_on, id LIMIT {shown}) AS row
JOIN contract c ON c.tenant_id = $1 AND c.id = row.contract_id
JOIN station s ON s.tenant_id = $1 AND s.id = row.station_id
LEFT JOIN copy p ON p.tenant_id = $1 AND p.id = row.copy_id
LEFT JOIN log_break b ON b.tenant_id = $1 AND b.id = row.break_id
LEFT JOIN issued_invoice i ON i.tenant_id = $1 AND i.id = row.invoice_id
ORDER BY row.target_on, row.id
"""
_OTHERS = """
  UNION ALL
  (SELECT id, version, contract_id, line_id, line_no, station_id, state, invoice_id, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, NULL, due_on, amount FROM off_air_occurrence WHERE tenant_id = $1 AND {others}
   ORDER BY due_on, id LIMIT {shown})
"""


class Question(NamedTuple):
    """What is asked at the door, and the same as conditions on `spot`; occurrences cannot answer some."""

    parameters: dict[str, Any]
    units: str
    occurrences: bool = True

    def in_sql(self) -> str:
        """The floor's statement."""
        due = self.units.replace("target_on", "due_on") if self.occurrences else "false"
        others = _OTHERS.format(others=due, shown=_SHOWN)
        return _FLOOR.format(units=self.units, of_units=_OF_UNITS, shown=_SHOWN, others=others)


def _id(*parts: object) -> UUID:
    return UUID(hashlib.md5("".join(map(str, parts)).encode()).hexdigest())


def _of_contracts(criterion: str) -> str:
    return f"contract_id IN (SELECT id FROM contract WHERE tenant_id = $1 AND {criterion})"


def _client(dice: Random, count: int) -> Question:
    client_id = _id("client", dice.randrange(count // CLIENTS))
    return Question({"client_id": client_id}, _of_contracts(f"client_id = '{client_id}'"))


def _contract(dice: Random, count: int) -> Question:
    number = 1 + dice.randrange(count // CONTRACTS)
    return Question({"contract_no": number}, _of_contracts(f"contract_no = {number}"))


def _log(dice: Random, count: int) -> Question:
    station_id, on = _id("station", dice.randrange(STATIONS)), TODAY - timedelta(dice.randrange(DAYS))
    asked = {"station_id": station_id, "log_on.gte": on, "log_on.lte": on}
    return Question(asked, f"station_id = '{station_id}' AND log_on = '{on}'", occurrences=False)


def _station_on(dice: Random, count: int) -> Question:
    station_id, on = _id("station", dice.randrange(STATIONS)), TODAY + timedelta(dice.randrange(-DAYS, 100))
    asked = {"station_id": station_id, "target_on.gte": on, "target_on.lte": on}
    return Question(asked, f"station_id = '{station_id}' AND target_on = '{on}'")


def _state(state: str) -> Callable[[Random, int], Question]:
    return lambda dice, count: Question({"state": state}, f"state = '{state}'")


def _to_bill(dice: Random, count: int) -> Question:
    return Question({"state": "aired", "invoiced": False}, "state = 'aired' AND invoice_id IS NULL")


def _copy(dice: Random, count: int) -> Question:
    copy_id = _id("copy", dice.randrange(count // COPIES))
    return Question({"copy_id": copy_id}, f"copy_id = '{copy_id}'", occurrences=False)


def _cart(dice: Random, count: int) -> Question:
    cart = f"CART{dice.randrange(count // COPIES)}"
    copies = f"copy_id IN (SELECT id FROM copy WHERE tenant_id = $1 AND cart_no = '{cart}')"
    return Question({"cart_no": cart}, copies, occurrences=False)


def _invoice(dice: Random, count: int) -> Question:
    number = f"N{dice.randrange(count // CONTRACTS)}-{-dice.randrange(*INVOICED)}"
    invoices = f"invoice_id IN (SELECT id FROM issued_invoice WHERE tenant_id = $1 AND invoice_no = '{number}')"
    return Question({"invoice_no": number}, invoices)


def _nothing(dice: Random, count: int) -> Question:
    return Question({}, "true")


_QUESTIONS: dict[str, Callable[[Random, int], Question]] = {
    "nothing": _nothing,
    "customer": _client,
    "contract number": _contract,
    "station and log date": _log,
    "station and target date": _station_on,
    "state missed": _state("missed"),
    "state scheduled": _state("scheduled"),
    "state aired, not invoiced": _to_bill,
    "copy": _copy,
    "cart number": _cart,
    "invoice number": _invoice,
}


async def spot_detail(count: int, runs: int) -> None:
    """A hundred questions of each kind; `count` units are fifty times what other jobs count."""
    count *= 50
    async with stand() as place, place.connected() as connection:
        started = time.perf_counter()
        await seed(place, count)
        print(f"spot detail: {count:,} units seeded in {time.perf_counter() - started:.0f} s", flush=True)
        log.configure("warning")
        app = create_app(ContractsSettings(database_url=place.app_url, jwks=JWKS))  # type: ignore[arg-type]
        signed = bearer("contract:read", tenant_id=place.tenant_id)
        served = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=served, base_url="http://bench", headers=signed) as door:
            for name, asked in _QUESTIONS.items():
                await _measure(name, place, connection, door, [asked(dice, count) for dice in _dice(runs)])


def _dice(runs: int) -> Iterator[Random]:
    dice = Random(_SEED)
    return (dice for _ in range(_ASKED * runs // 3))


async def _measure(
    name: str, place: Stand, connection: asyncpg.Connection, door: httpx.AsyncClient, asked: list[Question]
) -> None:
    """Each question to both, one after the other; both must show the same page. The first ones only warm up."""
    ours, floor = list[float](), list[float]()
    for one in (*asked[:_WARM], *asked):
        bare, parameters = one.in_sql(), {"limit": _SHOWN, **one.parameters}
        rows, seconds = await _timed(connection.fetch(bare, place.tenant_id))
        floor.append(seconds)
        answer, seconds = await _timed(door.get("/v1/spots", params=parameters))
        ours.append(seconds)
        answer.raise_for_status()
        assert [UUID(row["id"]) for row in answer.json()["items"]] == [row["id"] for row in rows], one
    ours, floor = ours[_WARM:], floor[_WARM:]
    (p50, p95), (bare50, bare95) = _spread(ours), _spread(floor)
    remark = f"p50 {p50:.1f}; bare SQL p50 {bare50:.1f}, p95 {bare95:.1f}"
    verdict(f"Spot detail by {name}, p95 in ms", p95, goal=_GOAL_MS, at_most=True, remark=remark)


async def _timed(asked: Awaitable[Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    found = await asked
    return found, (time.perf_counter() - started) * 1000


def _spread(milliseconds: list[float]) -> tuple[float, float]:
    return statistics.median(milliseconds), statistics.quantiles(milliseconds, n=20)[-1]
