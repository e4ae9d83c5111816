"""A contract's spot detail as a whole, as it is printed and exported (CT-LOG-16)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.contracts.application.headers import local_day, parties_of
from services.contracts.repository.radio import contract_by_id
from services.contracts.repository.rows import Record, fetch
from services.contracts.repository.spot_detail import Wanted, whole_spot_detail
from shared.events.fields import clock_text
from shared.kernel.errors import Invalid
from shared.kernel.money import currency, major_text
from shared.runtime.db import AsyncSession


async def spot_detail(session: AsyncSession, contract_id: UUID, wanted: Wanted, rows_max: int, now: datetime) -> Record:
    """Every unit and occurrence of a contract among those wanted, by target date, with every column.

    `NotFound`; `Invalid("too_many_rows")` beyond `rows_max`: narrow the dates.
    """
    contract = await contract_by_id(session, contract_id)
    rows = await fetch(session, whole_spot_detail(replace(wanted, contract_id=[contract_id]), rows_max + 1))
    if len(rows) > rows_max:
        raise Invalid("too_many_rows", f"There are more than {rows_max} rows: narrow the dates.")
    parties = await parties_of(session, [contract])
    seller = parties.of("legal_entity_id", contract)
    return {
        "contract_no": contract["contract_no"],
        "state": contract["state"],
        "dated_on": local_day(now, contract, parties).isoformat(),
        "currency": contract["currency"],
        "client": parties.of("client_id", contract)["name"],
        "product": contract["product"],
        "seller": {name: seller[name] for name in ("name", "address", "vat_no")},
        "rows": [_row(row) for row in rows],
    }


def _row(row: Mapping[str, Any]) -> Record:
    invoiced_at = row["invoice_at"]
    return {
        "station": row["station"],
        "contract": row["contract_no"],
        "line": row["line_no"],
        "target_date": row["target_on"],
        "log_date": row["log_on"],
        "invoice_date": row["invoice_on"],
        "status": row["state"],
        "off_air": row["off_air"],
        "air_time": _clock(row["air_minute"]),
        "cart": row["cart_no"],
        "copy": row["copy_name"],
        "invoice_time": invoiced_at and invoiced_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "log_avail_type": None if row["log_avail_types"] is None else "|".join(row["log_avail_types"]),
        "original_target_date": row["original_target_on"],
        "rate": major_text(row["rate_amount"], currency(row["currency"])),
        "ordered_avail_type": row["avail_type"],
        "scheduled_time": _clock(row["scheduled_minute"]),
    }


def _clock(minute: int | None) -> str | None:
    return None if minute is None else clock_text(minute)
