"""The job that writes a batch of vouchers as files: once, and never again."""

import asyncio
from typing import Any
from uuid import UUID

from services.invoicing.application.export_vouchers import JOB
from services.invoicing.domain.exported import Control, ExportedVoucher, Header, control
from services.invoicing.domain.sie import PLACES_MAX, sie_file
from services.invoicing.domain.voucher_csv import csv_file
from services.invoicing.repository import posting_rules, registers, voucher_exports
from services.invoicing.repository.voucher_exports import Batch
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import Jobs, RunningJob


async def write_voucher_export(job: RunningJob) -> dict[str, Any]:
    """Read the batch's vouchers, compare them with its control totals, write its files.

    What it reads never changes, so a worker killed half-way is followed by one that writes the same.
    """
    export_id = UUID(job.request["export_id"])
    async with job.step() as session:
        batch = await voucher_exports.find(session, export_id)
        header = await _header(session, batch)
        plan = (await posting_rules.account_plans(session, [batch.legal_entity_id]))[batch.legal_entity_id]
    vouchers: list[ExportedVoucher] = []
    while True:
        async with job.step() as session:
            after_no = vouchers[-1].no if vouchers else 0
            some = await voucher_exports.some_vouchers(session, export_id, plan, after_no)
        if not some:
            break
        vouchers += some
    if control(vouchers) != Control(batch.voucher_count, batch.debit_amount, batch.credit_amount):
        raise AssertionError("the vouchers read do not come to the batch's control totals")
    files = await asyncio.to_thread(files_of, header, vouchers)
    name = f"{header.legal_entity_code}-{batch.year}-{batch.export_no:04d}"
    async with job.step() as session:
        for (form, extension), content in files.items():
            await voucher_exports.store_file(session, export_id, form, f"{name}.{extension}", content)
        await job.advance(session, done=len(vouchers))
    return {"files": [form for form, _ in files]}


async def _header(session: AsyncSession, batch: Batch) -> Header:
    party = (await registers.parties(session, "legal_entity", [batch.legal_entity_id]))[batch.legal_entity_id]
    return Header(
        party["code"],
        party["name"],
        currency(batch.currency),
        batch.created_at.date(),
        batch.created_by,
    )


def files_of(header: Header, vouchers: list[ExportedVoucher]) -> dict[tuple[str, str], bytes]:
    """Contents by (format, extension); SIE knows no currency with more than two places."""
    files = {("csv", "csv"): csv_file(header, vouchers)}
    if header.currency.places <= PLACES_MAX:
        files["sie", "si"] = sie_file(header, vouchers)
    return files


EXPORTING: Jobs = {JOB: write_voucher_export}
