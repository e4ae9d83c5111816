"""A contract's header: filled from the customer's defaults, checked against the registers (CT-HDR)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.contracts import tables
from services.contracts.application.telling import estimate_of
from services.contracts.domain.header import Agency, Estimate, Header, affidavit_of
from services.contracts.repository.rows import Record, TableOf, find, table_of
from shared.kernel.errors import BillingError, Fault, Invalid, NotFound
from shared.runtime.db import AsyncSession

_PARTIES: Mapping[str, TableOf] = {
    "client_id": tables.Client,
    "agency_id": tables.Agency,
    "salesperson_id": tables.Salesperson,
    "tax_id": tables.Tax,
    "revenue_source_id": tables.RevenueSource,
    "revenue_type_id": tables.RevenueType,
    "primary_conflict_id": tables.Conflict,
    "secondary_conflict_id": tables.Conflict,
    "legal_entity_id": tables.LegalEntity,
}
# Lists whose rules answer an unknown entry with 404 (CT-HDR-17 to CT-HDR-19).
_NOT_FOUND = frozenset({"tax_id", "revenue_source_id", "revenue_type_id"})


@dataclass(frozen=True, slots=True)
class Parties:
    """The register records that some headers name, by header field and id."""

    records: Mapping[str, Mapping[UUID, Record]]

    def get(self, field: str, header: Mapping[str, Any]) -> Record | None:
        """The record a header names in a field, or None."""
        named = header.get(field)
        return self.records[field].get(named) if named else None

    def of(self, field: str, header: Mapping[str, Any]) -> Record:
        """The same, where it is known to exist."""
        return self.records[field][header[field]]

    def check_known(self, values: Mapping[str, Any]) -> None:
        """Refuse values that name records which do not exist: unknown references, or 404 where the rule says so."""
        unknown = [field for field in _PARTIES if values.get(field) and values[field] not in self.records[field]]
        if not unknown:
            return
        faults = [_unknown(field) for field in unknown]
        refusal: type[BillingError] = NotFound if set(unknown) <= _NOT_FOUND else Invalid
        raise refusal(faults[0].code, faults[0].message, faults=faults)


async def parties_of(session: AsyncSession, headers: Sequence[Mapping[str, Any]]) -> Parties:
    """Every register record these headers name, and those their clients name; one query a register."""
    named = list(headers)
    records: dict[str, dict[UUID, Record]] = {}
    for field, table in _PARTIES.items():
        ids = {header[field] for header in named if header.get(field)}
        rows = await find(session, table, table_of(table).c.id.in_(ids)) if ids else []
        records[field] = {row["id"]: row for row in rows}
        if field == "client_id":
            named += rows
    return Parties(records)


def with_defaults(values: Mapping[str, Any], parties: Parties) -> Record:
    """The header a contract begins with: what is given, else the customer's defaults (CT-HDR-03 to CT-HDR-07).

    What the customer has no default for is empty, zero or none (CT-HDR-04). Refuses records that do not exist.
    """
    parties.check_known(values)
    client = parties.of("client_id", values)
    chosen = {name: values.get(name, client[name]) for name in ("agency_id", "salesperson_id", "invoice_type")}
    agency, salesperson = parties.get("agency_id", chosen), parties.get("salesperson_id", chosen)
    # Choosing the type none sets the cycle none in the same step (CT-ITY-02).
    cycle = "none" if chosen["invoice_type"] == "none" else client["billing_cycle"]
    defaults: Record = {
        "client_id": client["id"],
        "legal_entity_id": client["legal_entity_id"],
        "currency": client["currency"],
        **chosen,
        "edi_no": agency["edi_no"] if agency else "",
        "estimate_no": "",
        "agency_estimate_code": "",
        "agency_advertiser_code": "",
        "agency_product_code": "",
        "po_no": "",
        "product": "",
        "pre_pay": client["pre_pay"],
        "discount_percent": client["discount_percent"],
        "agency_commission_percent": agency["commission_percent"] if agency else Decimal(0),
        "sales_commission_percent": salesperson["commission_percent"] if salesperson else Decimal(0),
        "tax_id": client["tax_id"],
        "revenue_source_id": None,
        "revenue_type_id": None,
        "primary_conflict_id": client["primary_conflict_id"],
        "secondary_conflict_id": client["secondary_conflict_id"],
        "billing_cycle": cycle,
        "affidavit": affidavit_of(chosen["invoice_type"], "none"),
        "tfn": False,
        "comment": "",
        "notes": "",
    }
    return {name: values.get(name, default) for name, default in defaults.items()}


def with_changes(before: Record, changes: Mapping[str, Any], parties: Parties) -> Record:
    """A header after changes, with what follows from them.

    Another agency resets its commission and switches the estimate mode, another salesperson theirs (CT-HDR-06, 07,
    10); type none takes the cycle along, and a type drops an affidavit option it cannot carry (CT-ITY-02, CT-ITY-07).
    """
    parties.check_known(changes)
    after = {**before, **changes}
    if after["agency_id"] != before["agency_id"]:
        agency = parties.get("agency_id", after)
        after["edi_no"] = agency["edi_no"] if agency else ""
        if "agency_commission_percent" not in changes:
            after["agency_commission_percent"] = agency["commission_percent"] if agency else Decimal(0)
        if bool(after["edi_no"]) != bool(before["edi_no"]):
            switched = _codes(estimate_of(before).switched(edi=bool(after["edi_no"])))
            after |= {name: code for name, code in switched.items() if name not in changes}
    if after["salesperson_id"] != before["salesperson_id"] and "sales_commission_percent" not in changes:
        salesperson = parties.get("salesperson_id", after)
        after["sales_commission_percent"] = salesperson["commission_percent"] if salesperson else Decimal(0)
    if after["invoice_type"] != before["invoice_type"]:
        if after["invoice_type"] == "none" and "billing_cycle" not in changes:
            after["billing_cycle"] = "none"
        if "affidavit" not in changes:
            after["affidavit"] = affidavit_of(after["invoice_type"], before["affidavit"])
    return after


def header_of(contract: Mapping[str, Any], parties: Parties) -> Header:
    """A stored header as the domain's value."""
    agency = parties.get("agency_id", contract)
    tax = parties.get("tax_id", contract)
    return Header(
        client_active=not parties.of("client_id", contract)["blocked"],
        agency=Agency(not agency["blocked"], agency["edi_requires_all_codes"]) if agency else None,
        edi_no=contract["edi_no"],
        has_salesperson=contract["salesperson_id"] is not None,
        estimate=estimate_of(contract),
        po_no=contract["po_no"],
        product=contract["product"],
        discount_percent=contract["discount_percent"],
        agency_commission_percent=contract["agency_commission_percent"],
        sales_commission_percent=contract["sales_commission_percent"],
        billing_cycle=contract["billing_cycle"],
        invoice_type=contract["invoice_type"],
        affidavit=contract["affidavit"],
        tax_active=tax is None or not tax["blocked"],
        primary_conflict_id=contract["primary_conflict_id"],
        secondary_conflict_id=contract["secondary_conflict_id"],
    )


def local_day(now: datetime, contract: Mapping[str, Any], parties: Parties) -> date:
    """Today where the contract's legal entity is (PI-INT-13)."""
    return now.astimezone(ZoneInfo(parties.of("legal_entity_id", contract)["time_zone"])).date()


def changed_of(before: Mapping[str, Any], after: Mapping[str, Any], names: Collection[str]) -> set[str]:
    """Which of these fields differ."""
    return {name for name in names if before[name] != after[name]}


def _codes(estimate: Estimate) -> Record:
    return {
        "estimate_no": estimate.number,
        "agency_estimate_code": estimate.agency_code,
        "agency_advertiser_code": estimate.advertiser_code,
        "agency_product_code": estimate.product_code,
    }


def _unknown(field: str) -> Fault:
    code = "not_found" if field in _NOT_FOUND else "unknown_reference"
    return Fault(f"/{field}", code, "There is no such record.", field=field)
