"""Proposed credits of upfront invoices, and the answers to wishes to correct a contract."""

from uuid import UUID

from services.invoicing.tables.base import At, Key, Minor, Row, Words


class CreditProposal(Row, table=True):
    """A credit for units that were billed up front and will not run."""

    __tablename__ = "credit_proposal"

    tenant_id: Key
    id: Key
    version: int
    state: Words
    legal_entity_id: UUID
    client_id: UUID
    contract_id: UUID
    invoice_id: UUID
    currency: Words
    gross_amount: Minor
    discount_amount: Minor
    agency_commission_amount: Minor
    net_amount: Minor
    vat_amount: Minor
    total_amount: Minor
    sales_commission_amount: Minor
    credit_note_id: UUID | None


class CreditProposalItem(Row, table=True):
    """A unit or occurrence that a proposal is for."""

    __tablename__ = "credit_proposal_item"

    tenant_id: Key
    invoice_id: Key
    billable_item_id: Key
    proposal_id: UUID


class CorrectionHold(Row, table=True):
    """An answer to a wish to correct a contract."""

    __tablename__ = "correction_hold"

    tenant_id: Key
    id: Key
    contract_id: UUID
    state: Words
    answered_at: At
