"""What invoicing hears, and which use case records it."""

from collections.abc import Sequence

from services.invoicing.application.hear_advances import keep_advances
from services.invoicing.application.hear_airing import keep_logs, keep_occurrences, keep_spots
from services.invoicing.application.hear_contracts import keep_contracts
from services.invoicing.application.hear_deductions import hear_answers
from services.invoicing.application.hear_insertions import keep_insertions
from services.invoicing.application.hear_registers import keep_parameters, keep_rates, keep_records
from services.invoicing.application.issue_advance_bills import answer_bills
from services.invoicing.application.issue_drafts import issue_drafts
from services.invoicing.application.settle_advance import queue_settlements
from shared.events.contracts import (
    AgencyChanged,
    AgreementChanged,
    ClientChanged,
    ContractApproved,
    ContractBillingCycleChanged,
    ContractCancelled,
    ContractCompleted,
    ContractConflictsChanged,
    ContractCorrected,
    ContractCorrectionAbandoned,
    ContractCorrectionOpened,
    ContractCorrectionRequested,
    ContractPresentationChanged,
    ContractReopened,
    ContractState,
    CopyChanged,
    ExchangeRateChanged,
    InsertionBatch,
    InsertionCancelled,
    InsertionChanged,
    InsertionDefinitive,
    LegalEntityChanged,
    LogLocked,
    LogReconciled,
    LogReconciliationReversed,
    LogState,
    LogUnlocked,
    MediaChanged,
    MediaTypeChanged,
    OccurrenceBatch,
    OffAirFellDue,
    OffAirTrashed,
    ParameterChanged,
    PlanChanged,
    RegisterFact,
    SpotBatch,
    SpotMissed,
    SpotTrashed,
    SpotUnplaced,
    StationChanged,
    StationGroupChanged,
    TaxChanged,
)
from shared.events.envelope import Received
from shared.events.preinvoice import (
    AdvanceBillPrinted,
    AdvanceBillRequested,
    AdvanceDeducted,
    AdvanceInvoiceState,
    AdvanceRestored,
    AdvanceScopeChanged,
    AdvanceSettled,
    AdvanceSettlementRequested,
    DeductionReserved,
    DraftDeleted,
    DraftLocked,
    DraftReleased,
    DraftState,
)
from shared.runtime.db import AsyncSession
from shared.runtime.handlers import Handlers


async def on_record_changed(session: AsyncSession, received: Sequence[Received[RegisterFact]]) -> None:
    """Any register's record."""
    await keep_records(session, [one.data for one in received])


async def on_rates_changed(session: AsyncSession, received: Sequence[Received[ExchangeRateChanged]]) -> None:
    """Exchange rates."""
    await keep_rates(session, [one.data for one in received])


async def on_parameters_changed(session: AsyncSession, received: Sequence[Received[ParameterChanged]]) -> None:
    """The parameters of legal entities."""
    await keep_parameters(session, [one.data for one in received])


async def on_insertions(session: AsyncSession, received: Sequence[Received[InsertionBatch]]) -> None:
    """Insertions, whatever happened to them."""
    await keep_insertions(session, [item for one in received for item in one.data.items])


async def on_contract(session: AsyncSession, received: Sequence[Received[ContractState]]) -> None:
    """Contracts, whatever happened to them."""
    await keep_contracts(session, [one.data for one in received])


async def on_log(session: AsyncSession, received: Sequence[Received[LogState]]) -> None:
    """Logs on their way from locked to reconciled, or back."""
    await keep_logs(session, [one.data for one in received])


async def on_spots(session: AsyncSession, received: Sequence[Received[SpotBatch]]) -> None:
    """Units that did not air where they should have."""
    await keep_spots(session, [spot for one in received for spot in one.data.items])


async def on_off_air(session: AsyncSession, received: Sequence[Received[OccurrenceBatch]]) -> None:
    """Off-air amounts whose date arrived, or never will."""
    await keep_occurrences(session, [item for one in received for item in one.data.items])


async def on_draft_locked(session: AsyncSession, received: Sequence[Received[DraftLocked]]) -> None:
    """Drafts that a billing run hands over."""
    await issue_drafts(session, [one.data for one in received])


async def on_draft_given_back(session: AsyncSession, received: Sequence[Received[DraftState]]) -> None:
    """Drafts that a run no longer waits for: a hand-over that arrives after this is older news, and is not invoiced."""


async def on_advance(session: AsyncSession, received: Sequence[Received[AdvanceInvoiceState]]) -> None:
    """Money billed ahead, whatever happened to it; any news may be the first to say what is wished (MA-PRE-10)."""
    told = [one.data for one in received]
    await keep_advances(session, told)
    await answer_bills(session, told)
    await queue_settlements(session, told)


async def on_deduction_answered(session: AsyncSession, received: Sequence[Received[DeductionReserved]]) -> None:
    """What is held for runs, or could not be (MA-INV-27)."""
    await hear_answers(session, [one.data for one in received])


HANDLERS: Handlers = {
    LegalEntityChanged: on_record_changed,
    ClientChanged: on_record_changed,
    AgreementChanged: on_record_changed,
    PlanChanged: on_record_changed,
    MediaChanged: on_record_changed,
    MediaTypeChanged: on_record_changed,
    ParameterChanged: on_parameters_changed,
    ExchangeRateChanged: on_rates_changed,
    StationChanged: on_record_changed,
    StationGroupChanged: on_record_changed,
    AgencyChanged: on_record_changed,
    CopyChanged: on_record_changed,
    TaxChanged: on_record_changed,
    InsertionDefinitive: on_insertions,
    InsertionChanged: on_insertions,
    InsertionCancelled: on_insertions,
    ContractApproved: on_contract,
    ContractCancelled: on_contract,
    ContractCompleted: on_contract,
    ContractReopened: on_contract,
    ContractPresentationChanged: on_contract,
    ContractConflictsChanged: on_contract,
    ContractCorrectionRequested: on_contract,
    ContractCorrectionOpened: on_contract,
    ContractCorrectionAbandoned: on_contract,
    ContractCorrected: on_contract,
    ContractBillingCycleChanged: on_contract,
    LogLocked: on_log,
    LogUnlocked: on_log,
    LogReconciled: on_log,
    LogReconciliationReversed: on_log,
    SpotUnplaced: on_spots,
    SpotMissed: on_spots,
    SpotTrashed: on_spots,
    OffAirFellDue: on_off_air,
    OffAirTrashed: on_off_air,
    DraftLocked: on_draft_locked,
    DraftReleased: on_draft_given_back,
    DraftDeleted: on_draft_given_back,
    AdvanceScopeChanged: on_advance,
    AdvanceBillRequested: on_advance,
    AdvanceBillPrinted: on_advance,
    AdvanceSettlementRequested: on_advance,
    AdvanceSettled: on_advance,
    AdvanceDeducted: on_advance,
    AdvanceRestored: on_advance,
    DeductionReserved: on_deduction_answered,
}
