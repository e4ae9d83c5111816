"""A contract's header: filled from the customer's defaults, checked against the registers (CT-HDR)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.contracts import tables
from services.contracts.application.telling import estimate_of
from services.contracts.domain.contract import Agency, Header
from services.contracts.repository.rows import Record, TableOf, find, table_of
from shared.kernel.errors import Fault, Invalid
from shared.runtime.db import AsyncSession

_PARTIES: Mapping[str, TableOf] = {
    "client_id": tables.Client,
    "agency_id": tables.Agency,
    "salesperson_id": tables.Salesperson,
    "tax_id": tables.Tax,
    "legal_entity_id": tables.LegalEntity,
}
Parties = dict[UUID, Record]


async def parties_of(session: AsyncSession, headers: Sequence[Mapping[str, Any]]) -> Parties:
    """Every register record these headers name, and those their clients name; one query a register."""
    found: Parties = {}
    named = list(headers)
    for field, table in _PARTIES.items():
        ids = {header[field] for header in named if header.get(field)}
        rows = await find(session, table, table_of(table).c.id.in_(ids))
        found |= {row["id"]: row for row in rows}
        if field == "client_id":
            named += rows
    return found


def with_defaults(values: Mapping[str, Any], parties: Parties) -> Record:
    """The header a contract begins with: what is given, else the customer's defaults (CT-HDR-03 to CT-HDR-07).

    `Invalid("unknown_reference")` names the fields whose record does not exist.
    """
    unknown = [field for field in _PARTIES if values.get(field) and values[field] not in parties]
    if unknown:
        raise Invalid.of([Fault(f"/{name}", "unknown_reference", "There is no such record.") for name in unknown])
    client = parties[values["client_id"]]

    def given(field: str, default: Any) -> Any:
        return values.get(field, default)

    agency_id = given("agency_id", client["agency_id"])
    salesperson_id = given("salesperson_id", client["salesperson_id"])
    invoice_type = given("invoice_type", client["invoice_type"])
    co_op = invoice_type == "co_op_notarized_affidavit"
    return {
        "client_id": client["id"],
        "legal_entity_id": given("legal_entity_id", client["legal_entity_id"]),
        "currency": client["currency"],
        "agency_id": agency_id,
        "salesperson_id": salesperson_id,
        "estimate_no": given("estimate_no", ""),
        "agency_estimate_code": given("agency_estimate_code", ""),
        "agency_advertiser_code": given("agency_advertiser_code", ""),
        "agency_product_code": given("agency_product_code", ""),
        "po_no": given("po_no", ""),
        "product": given("product", ""),
        "pre_pay": given("pre_pay", client["pre_pay"]),
        "discount_percent": given("discount_percent", client["discount_percent"]),
        "agency_commission_percent": given(
            "agency_commission_percent", parties[agency_id]["commission_percent"] if agency_id else 0
        ),
        "sales_commission_percent": given(
            "sales_commission_percent", parties[salesperson_id]["commission_percent"] if salesperson_id else 0
        ),
        "tax_id": given("tax_id", client["tax_id"]),
        "revenue_source": given("revenue_source", ""),
        "revenue_type": given("revenue_type", ""),
        # Choosing the type none sets the cycle none in the same step (CT-ITY-02).
        "billing_cycle": given("billing_cycle", "none" if invoice_type == "none" else client["billing_cycle"]),
        "invoice_type": invoice_type,
        "affidavit": given("affidavit", "notarized" if co_op else "none"),
        "tfn": given("tfn", False),
        "comment": given("comment", ""),
        "notes": given("notes", ""),
    }


def header_of(contract: Mapping[str, Any], parties: Parties) -> Header:
    """A stored header as the domain's value."""
    agency = parties.get(contract["agency_id"])
    tax = parties.get(contract["tax_id"])
    return Header(
        client_active=not parties[contract["client_id"]]["blocked"],
        agency=Agency(not agency["blocked"], agency["edi_no"], agency["edi_requires_all_codes"]) if agency else None,
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
    )


def local_day(now: datetime, contract: Mapping[str, Any], parties: Parties) -> date:
    """Today where the contract's legal entity is (PI-INT-13)."""
    return now.astimezone(ZoneInfo(parties[contract["legal_entity_id"]]["time_zone"])).date()
