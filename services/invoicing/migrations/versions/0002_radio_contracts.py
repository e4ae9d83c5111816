"""Radio contracts whole: lines and terms, correction holds, proposed credits, what splits and removes invoices."""

from alembic import op

revision = "0002"
down_revision = "0001"

_REGISTERS = """
ALTER TABLE legal_entity ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
ALTER TABLE station
  ADD COLUMN legal_entity_id uuid,
  ADD COLUMN group_id uuid,
  ADD COLUMN affidavit_text text NOT NULL DEFAULT '',
  ADD COLUMN notarized_text text NOT NULL DEFAULT '';
ALTER TABLE tax ADD COLUMN merged_into_id uuid;
CREATE TABLE station_group (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  split_by_station boolean NOT NULL,
  logo_svg text NOT NULL,
  remit_address text NOT NULL,
  footer_text text NOT NULL,
  invoice_columns jsonb NOT NULL,
  rates text NOT NULL CHECK (rates IN ('gross', 'net')),
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE agency (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE copy (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  cart_no text NOT NULL,
  script text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
"""

_CONTRACTS = """
ALTER TABLE contract
  DROP COLUMN start_on,
  DROP COLUMN end_on,
  DROP COLUMN cancelled_on,
  ADD COLUMN affidavit text NOT NULL DEFAULT 'none',
  ADD COLUMN agency_id uuid,
  ADD COLUMN estimate text NOT NULL DEFAULT '',
  ADD COLUMN approved_at timestamptz,
  ADD COLUMN correction_id uuid;
DROP TABLE contract_day;
-- `ordered` counts units or occurrences by date: what opens the invoices and what they wait for.
CREATE TABLE contract_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  contract_id uuid NOT NULL,
  line_no int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('spots', 'off_air')),
  station_id uuid NOT NULL,
  start_on date NOT NULL,
  end_on date NOT NULL,
  start_minute int,
  end_minute int,
  length_seconds int,
  rate_amount bigint NOT NULL,
  quantity int NOT NULL,
  total_amount bigint NOT NULL,
  comment text NOT NULL,
  ordered jsonb NOT NULL,
  approved_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
-- Invoicing's answers to wishes to correct a contract: none of its invoices is approved while one is placed.
CREATE TABLE correction_hold (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  contract_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('placed', 'refused')),
  answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX contract_line_contract_id_ix ON contract_line (tenant_id, contract_id);
CREATE INDEX contract_line_station_id_ix ON contract_line (tenant_id, station_id);
ALTER TABLE billable_item DROP CONSTRAINT billable_item_origin_check;
ALTER TABLE billable_item ADD CONSTRAINT billable_item_origin_check
  CHECK (origin IN ('insertion', 'spot', 'off_air', 'draft_line', 'contract_line'));
"""

_INVOICES = """
ALTER TABLE invoice
  ADD COLUMN station_id uuid,
  ADD COLUMN credits_id uuid,
  ADD COLUMN reason text NOT NULL DEFAULT '',
  ADD FOREIGN KEY (tenant_id, credits_id) REFERENCES invoice;
CREATE INDEX invoice_credits_id_ix ON invoice (tenant_id, credits_id) WHERE credits_id IS NOT NULL;
DROP INDEX invoice_open_period_once;
CREATE UNIQUE INDEX invoice_open_slot_once ON invoice
  (tenant_id, contract_id, period_from, period_to, (variant = 'upfront'), coalesce(station_id, contract_id))
  WHERE state IN ('gathering', 'pending') AND reverses_id IS NULL AND credits_id IS NULL;
"""

_PROPOSALS = """
-- What was billed up front and will not run: a credit that a person decides on (CT-CYC-11).
CREATE TABLE credit_proposal (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  state text NOT NULL CHECK (state IN ('proposed', 'approved', 'declined', 'withdrawn')),
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  contract_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  currency text NOT NULL,
  gross_amount bigint NOT NULL,
  discount_amount bigint NOT NULL,
  agency_commission_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  vat_amount bigint NOT NULL,
  total_amount bigint NOT NULL,
  sales_commission_amount bigint NOT NULL,
  credit_note_id uuid,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice,
  FOREIGN KEY (tenant_id, credit_note_id) REFERENCES invoice
);
CREATE UNIQUE INDEX credit_proposal_open_once ON credit_proposal (tenant_id, invoice_id) WHERE state = 'proposed';
CREATE INDEX credit_proposal_contract_id_ix ON credit_proposal (tenant_id, contract_id);
CREATE TABLE credit_proposal_item (
  tenant_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  billable_item_id uuid NOT NULL,
  proposal_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id, billable_item_id),
  FOREIGN KEY (tenant_id, proposal_id) REFERENCES credit_proposal
);
CREATE INDEX credit_proposal_item_proposal_id_ix ON credit_proposal_item (tenant_id, proposal_id);
"""

_PAYMENTS = """
CREATE TABLE payment (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  received_on date NOT NULL,
  reference text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX payment_client_id_ix ON payment (tenant_id, client_id, id);
-- What of a payment goes towards an invoice. Parked money waits for the invoice to be approved (CT-LIF-16).
CREATE TABLE payment_application (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  payment_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  state text NOT NULL CHECK (state IN ('applied', 'parked', 'unapplied')),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payment,
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice
);
CREATE INDEX payment_application_payment_id_ix ON payment_application (tenant_id, payment_id);
CREATE INDEX payment_application_invoice_id_ix ON payment_application (tenant_id, invoice_id);
ALTER TABLE invoice
  ADD COLUMN paid_amount bigint NOT NULL DEFAULT 0,
  ADD COLUMN paid_on date,
  ADD CHECK (paid_amount = 0 OR paid_amount BETWEEN 0 AND total_amount);
CREATE OR REPLACE FUNCTION invoice_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  marks CONSTANT text[] := ARRAY['version', 'reversed_by_id', 'block_items', 'paid_amount', 'paid_on'];
BEGIN
  IF to_jsonb(OLD) - marks <> to_jsonb(NEW) - marks THEN
    RAISE EXCEPTION 'an issued invoice never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""

_TABLES = [
    "station_group",
    "agency",
    "copy",
    "contract_line",
    "correction_hold",
    "credit_proposal",
    "credit_proposal_item",
    "payment",
    "payment_application",
]


def upgrade() -> None:
    """Columns, tables, and row security on the new ones."""
    for script in (_REGISTERS, _CONTRACTS, _INVOICES, _PROPOSALS, _PAYMENTS):
        op.execute(script)
    for table in _TABLES:
        op.execute(f"SELECT mb_protect('{table}')")
