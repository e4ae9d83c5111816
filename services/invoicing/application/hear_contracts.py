"""Contracts as they are approved, corrected and cancelled; their open invoices follow (CT-CYC-13, CT-LIF-20, 21)."""

from collections.abc import Iterable

import orjson

from services.invoicing.application.hold_corrections import answer_corrections
from services.invoicing.application.issue_upfront import issue_upfront
from services.invoicing.application.propose_credits import propose_credits
from services.invoicing.application.settle_contracts import settle_contracts
from services.invoicing.repository import contracts as contract_rows
from services.invoicing.repository.contracts import ContractRow, LineRow
from services.invoicing.repository.items import reprice_items
from shared.events.contracts import ContractBillingCycleChanged, ContractCorrected, ContractLineState, ContractState
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession


async def keep_contracts(session: AsyncSession, contracts: Iterable[ContractState]) -> None:
    """Record contracts; open, reprice, rebuild or remove their invoices, and answer wishes to correct them."""
    newest = {one.id: one for one in sorted(contracts, key=lambda one: one.version) if one.state != "draft"}
    before = await contract_rows.lock_contracts(session, newest)
    newer = [one for id_, one in newest.items() if id_ not in before or before[id_].version < one.version]
    if not newer:
        return
    ids = [one.id for one in newer]
    await contract_rows.save_contracts(
        session, [_contract(one) for one in newer], [_line(one, line) for one in newer for line in one.lines]
    )
    await reprice_items(session, ids)
    anew = {one.id for one in newer if one.id in before and before[one.id].billing_cycle != one.billing_cycle}
    opened = await settle_contracts(session, ids, anew=anew)
    # Any news but a correction's brings what was approved: the approval itself may be overtaken by it.
    corrected = {one.id for one in newer if isinstance(one, ContractCorrected | ContractBillingCycleChanged)} | anew
    await issue_upfront(session, [row for row in opened if row.contract_id not in corrected])
    await propose_credits(session, ids)
    wishes = [(one.correction_id, one.id) for one in newer if one.correction == "requested" and one.correction_id]
    await answer_corrections(session, wishes)


def _contract(one: ContractState) -> ContractRow:
    return ContractRow(
        id=one.id,
        version=one.version,
        contract_no=one.contract_no,
        state=one.state,
        legal_entity_id=one.legal_entity_id,
        client_id=one.client_id,
        agency_id=one.agency_id,
        currency=one.currency,
        estimate=one.estimate,
        po_no=one.po_no,
        product=one.product,
        billing_cycle=one.billing_cycle,
        invoice_type=one.invoice_type,
        affidavit=one.affidavit,
        discount_percent=one.discount_percent,
        agency_commission_percent=one.agency_commission_percent,
        sales_commission_percent=one.sales_commission_percent,
        tax_id=one.tax_id,
        comment=one.comment,
        approved_at=one.approved_at,
        correction_id=one.correction_id if one.correction != "none" else None,
    )


def _line(contract: ContractState, line: ContractLineState) -> LineRow:
    of = currency(contract.currency)
    return LineRow(
        id=line.id,
        contract_id=contract.id,
        line_no=line.line_no,
        kind=line.kind,
        station_id=line.station_id,
        start_on=line.start_on,
        end_on=line.end_on,
        start_minute=line.start_time,
        end_minute=line.end_time,
        length_seconds=line.length_seconds,
        rate_amount=Money.parse(line.rate_amount, of).minor,
        quantity=line.quantity,
        total_amount=Money.parse(line.total_amount, of).minor,
        comment=line.comment,
        ordered=orjson.dumps({day.isoformat(): count for day, count in line.ordered.items()}).decode(),
        approved_at=line.approved_at,
    )
