"""Advance invoices as preinvoice tells them, what invoices deduct of them, and what is asked to be held for a run."""

from alembic import op

revision = "0004"
down_revision = "0003"

_PROJECTION = """
CREATE TABLE advance_invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  advance_no int NOT NULL,
  client_id uuid NOT NULL,
  status text NOT NULL,
  blocked boolean NOT NULL,
  deduct_all boolean NOT NULL,
  scopes jsonb NOT NULL,
  scope_version int NOT NULL,
  currency text NOT NULL,
  taxable boolean NOT NULL,
  vat_percent numeric(18, 6) NOT NULL,
  aged_on date,
  remaining_amount bigint NOT NULL,
  reserved_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX advance_invoice_open_ix ON advance_invoice (tenant_id, client_id) WHERE status <> 'deducted';
"""

_INVOICE = """
ALTER TABLE invoice
  ADD advance_invoice_id uuid,
  ADD advance_bill_id uuid,
  ADD wish_id uuid;
-- A bill is numbered once, and a wish of preinvoice granted once, whatever is told twice (MA-PRE-10, MA-PRE-22).
CREATE UNIQUE INDEX invoice_advance_bill_once ON invoice (tenant_id, advance_bill_id)
  WHERE advance_bill_id IS NOT NULL AND reverses_id IS NULL;
CREATE UNIQUE INDEX invoice_wish_once ON invoice (tenant_id, wish_id) WHERE wish_id IS NOT NULL;
-- Wishes that were not granted stay so.
CREATE TABLE refused_wish (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

ALTER TABLE billable_item DROP CONSTRAINT billable_item_origin_check;
ALTER TABLE billable_item ADD CONSTRAINT billable_item_origin_check
  CHECK (origin IN ('insertion', 'spot', 'off_air', 'draft_line', 'contract_line', 'advance_row', 'deduction'));

-- What a document deducts of an advance invoice on which of its lines, or gives back below zero.
CREATE TABLE invoice_deduction (
  tenant_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  line_no int NOT NULL,
  advance_invoice_id uuid NOT NULL,
  advance_no int NOT NULL,
  deduction_id uuid,
  amount bigint NOT NULL,
  base_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id, line_no),
  UNIQUE (tenant_id, invoice_id, advance_invoice_id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice
);
CREATE INDEX invoice_deduction_advance_ix ON invoice_deduction (tenant_id, advance_invoice_id);

ALTER TABLE invoice_run_preview ADD deductions jsonb NOT NULL DEFAULT '[]';
"""

_DEDUCTIONS = """
-- Amounts that a run asks preinvoice to hold for one client, and what became of the wish; `digest` is that of the
-- invoices it was made for.
CREATE TABLE deduction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  invoice_run_id uuid NOT NULL,
  client_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('requested', 'reserved', 'refused', 'confirmed', 'released')),
  takes jsonb NOT NULL,
  digest text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, invoice_run_id, client_id),
  FOREIGN KEY (tenant_id, invoice_run_id) REFERENCES invoice_run
);
-- When an open wish is given up; workers of every tenant look here.
CREATE TABLE deduction_deadline (
  tenant_id uuid NOT NULL,
  deduction_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, deduction_id)
);
CREATE INDEX deduction_deadline_expires_at_ix ON deduction_deadline (expires_at);
"""


def upgrade() -> None:
    """What preinvoice tells first, then what invoices make of it."""
    op.execute(_PROJECTION)
    op.execute(_INVOICE)
    op.execute(_DEDUCTIONS)
    for table in ("advance_invoice", "invoice_deduction", "deduction", "refused_wish"):
        op.execute(f"SELECT mb_protect('{table}')")
    op.execute("SELECT mb_protect_plumbing('deduction_deadline')")
    for table in ("invoice_deduction", "refused_wish"):
        op.execute(f"SELECT mb_append_only('{table}')")
