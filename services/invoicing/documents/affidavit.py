"""Affidavits: what each station declares of its units on an invoice, plain or before a notary (CT-ITY-07 to 10)."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.kernel.errors import Blocker, NotAllowedNow

Record = Mapping[str, Any]
_TOKEN = re.compile("<spotcount>", re.IGNORECASE | re.ASCII)


class Affidavit(NamedTuple):
    """A station's text, and whether officials sign below it."""

    station: str
    text: str


def is_notarized(invoice: Record) -> bool:
    """Whether the notarized text is meant: by the contract's option, and always on a co-op invoice."""
    frozen = invoice["frozen"]
    return bool(frozen["invoice_type"] == "co_op_notarized_affidavit" or frozen["affidavit"] == "notarized")


def affidavits(invoice: Record, spot_counts: Mapping[str, int], texts: Record) -> list[Affidavit]:
    """One block per station with aired units, by name; `spot_counts` and `texts` are by station id.

    `NotAllowedNow("station_text_missing")` names the stations that have none. Nothing was aired yet when an upfront
    invoice goes out, and a credit note declares nothing.
    """
    frozen = invoice["frozen"]
    carried = frozen["invoice_type"] in ("detail", "time", "time_rates") and frozen["affidavit"] != "none"
    if invoice["document"] == "credit_note" or invoice["variant"] == "upfront":
        return []
    if not carried and not is_notarized(invoice):
        return []
    name = "notarized_text" if is_notarized(invoice) else "affidavit_text"
    found, missing = [], []
    for station_id, count in sorted(spot_counts.items(), key=lambda one: str(frozen["stations"][one[0]]["name"])):
        station = frozen["stations"][station_id]
        text = station[name] or texts.get(station_id, {}).get(name, "")
        if text:
            found.append(Affidavit(station["name"], _TOKEN.sub(str(count), text)))
        else:
            missing.append(Blocker("station_text_missing", station["name"], f"/v1/contracts/stations/{station_id}"))
    if missing:
        raise NotAllowedNow("station_text_missing", "A station has no text for this affidavit.", blockers=missing)
    return found
