"""What invoicing tells of its runs."""

from dataclasses import asdict
from decimal import Decimal

from services.invoicing.repository.runs import Run
from shared.events.invoicing import InvoiceRunCompleted, InvoiceRunStarted
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record


async def tell_run(session: AsyncSession, run: Run, event: type[InvoiceRunStarted] | type[InvoiceRunCompleted]) -> None:
    """One fact with the run's whole state; a total only where the run had one currency."""
    total = None
    if len(run.total_amounts) == 1:
        ((code, minor),) = run.total_amounts.items()
        total = Decimal(minor).scaleb(-currency(code).places)
    await record(
        session,
        event.model_validate(
            {
                "id": run.id,
                "version": run.version,
                "run_no": run.run_no,
                "mode": run.mode,
                "state": run.state,
                "invoice_count": run.invoice_count,
                "item_count": run.item_count,
                "left_out_count": run.left_out_count,
                "total_amount": total,
                "digest": run.digest,
                "criteria": asdict(run.criteria),
                "looks_ahead": bool(run.switches.current_invoicing),
            }
        ),
    )
