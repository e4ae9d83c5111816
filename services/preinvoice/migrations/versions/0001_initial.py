"""Projections of contracts, payment plans, delivery data, drafts with their lines, billing runs, advance invoices."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Projections first, then what this service owns."""
    op.execute(_PROJECTIONS)
    op.execute(_PLANS)
    op.execute(_DELIVERIES)
    op.execute(_DRAFTS)
    op.execute(_RUNS)
    op.execute(_SCHEDULES)
    op.execute(_INSERTIONS)
    op.execute(_ADVANCES)
    op.execute(_DEDUCTIONS)


_PROJECTIONS = """
CREATE TABLE legal_entity (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  name text NOT NULL,
  currency text NOT NULL,
  start_of_week int CHECK (start_of_week BETWEEN 0 AND 6),
  time_zone text NOT NULL,
  daily_delivery boolean NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT mb_protect('legal_entity');

CREATE TABLE client (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  legal_entity_id uuid NOT NULL,
  currency text NOT NULL,
  vat_percent numeric(18, 6) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT mb_protect('client');

CREATE TABLE media_campaign (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  campaign_no int NOT NULL,
  name text NOT NULL,
  stage text NOT NULL,
  bill_me boolean NOT NULL,
  legal_entity_id uuid,
  client_id uuid NOT NULL,
  recipient jsonb NOT NULL,
  dispatch text NOT NULL,
  currency text NOT NULL,
  vat_treatment text NOT NULL,
  payment_interval text,
  payment_start text,
  due_at text,
  billing_start_on date,
  billing_end_on date,
  payment_days int NOT NULL,
  client_reference text NOT NULL,
  -- The version its drafts follow from; NULL once somebody changed what they should hold.
  generated_version int,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX media_campaign_code_ix ON media_campaign (tenant_id, code);
SELECT mb_protect('media_campaign');

CREATE TABLE campaign_item (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  campaign_id uuid NOT NULL,
  line_no int NOT NULL,
  name text NOT NULL,
  start_on date,
  end_on date,
  amount bigint,
  currency text NOT NULL,
  booked_quantity bigint,
  billing_category text NOT NULL,
  billing_basis text NOT NULL,
  distribution_unit text NOT NULL,
  distribution_period text NOT NULL,
  payment_start text,
  bill_me boolean NOT NULL,
  show_on_invoice boolean NOT NULL,
  vat_percent numeric(18, 6),
  cancelled boolean NOT NULL,
  unlimited boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES media_campaign
);
CREATE INDEX campaign_item_campaign_id_ix ON campaign_item (tenant_id, campaign_id);
SELECT mb_protect('campaign_item');
"""

_PLANS = """
-- How an item is billed instead of by interval; survives every change of the item it belongs to.
CREATE TABLE payment_plan (
  tenant_id uuid NOT NULL,
  item_id uuid NOT NULL,
  version int NOT NULL,
  entries jsonb NOT NULL,
  publication_dates date[] NOT NULL,
  at_end_of_runtime boolean NOT NULL,
  at_start_of_runtime boolean NOT NULL,
  defer_days int NOT NULL CHECK (defer_days >= 0),
  keep_fiscal_month boolean NOT NULL,
  PRIMARY KEY (tenant_id, item_id),
  CHECK (NOT (at_end_of_runtime AND at_start_of_runtime))
);
SELECT mb_protect('payment_plan');
"""

_DELIVERIES = """
-- What a source says was delivered of an item; a higher revision takes the place of a lower one.
CREATE TABLE delivery_report (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  item_id uuid NOT NULL,
  metric text NOT NULL,
  source text NOT NULL CHECK (source IN ('typed_in', 'third_party', 'ad_server')),
  report_no text NOT NULL,
  revision int NOT NULL,
  per text NOT NULL CHECK (per IN ('day', 'month')),
  covers_from date NOT NULL,
  covers_through date NOT NULL,
  created_by text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, item_id, metric, source, report_no),
  CHECK (covers_from <= covers_through)
);
SELECT mb_protect('delivery_report');

-- `on_day` is the first of the month in a report per month.
CREATE TABLE delivery_record (
  tenant_id uuid NOT NULL,
  report_id uuid NOT NULL,
  on_day date NOT NULL,
  quantity bigint NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (tenant_id, report_id, on_day),
  FOREIGN KEY (tenant_id, report_id) REFERENCES delivery_report ON DELETE CASCADE
);
SELECT mb_protect('delivery_record');
"""

_DRAFTS = """
-- The last number given to a draft or a run; legal numbers exist on invoices only.
CREATE TABLE counter (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  last_no int NOT NULL,
  PRIMARY KEY (tenant_id, name)
);
SELECT mb_protect('counter');

CREATE TABLE draft_pre_invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  draft_no int NOT NULL,
  campaign_id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('draft', 'created', 'reviewed', 'invoiced', 'cancelled')),
  kind text NOT NULL CHECK (kind IN ('regular', 'cancellation')),
  client_id uuid NOT NULL,
  currency text NOT NULL,
  accounting_on date NOT NULL,
  planned_invoice_on date NOT NULL,
  sequence_no int NOT NULL,
  campaign_no int NOT NULL,
  campaign_name text NOT NULL,
  legal_entity_id uuid NOT NULL,
  recipient jsonb NOT NULL,
  dispatch text NOT NULL,
  payment_days int NOT NULL,
  client_reference text NOT NULL,
  billing_start_on date NOT NULL,
  billing_end_on date NOT NULL,
  service_start_on date NOT NULL,
  service_end_on date NOT NULL,
  accounting_end_on date NOT NULL,
  deferred_until_on date,
  manual_invoice_on date,
  text text NOT NULL,
  manual_payment_days int,
  manual_dispatch text,
  total_amount bigint NOT NULL,
  billing_run_id uuid,
  invoice_id uuid,
  invoice_no text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, draft_no),
  UNIQUE (tenant_id, campaign_id, client_id, currency, kind, accounting_on, planned_invoice_on, sequence_no),
  CHECK (status <> 'invoiced' OR (invoice_id IS NOT NULL AND invoice_no <> ''))
);
CREATE INDEX draft_pre_invoice_planned_ix ON draft_pre_invoice (tenant_id, planned_invoice_on, id);
CREATE INDEX draft_pre_invoice_billing_run_id_ix ON draft_pre_invoice (tenant_id, billing_run_id)
  WHERE billing_run_id IS NOT NULL;
SELECT mb_protect('draft_pre_invoice');

CREATE TABLE draft_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  draft_id uuid NOT NULL,
  item_id uuid NOT NULL,
  service_start_on date NOT NULL,
  basis text NOT NULL CHECK (basis IN ('linear', 'delivery', 'plan', 'adjustment')),
  plan_entry_no int NOT NULL,
  amendment_no int NOT NULL,
  item_line_no int NOT NULL,
  text text NOT NULL,
  slice_start_on date NOT NULL,
  slice_end_on date NOT NULL,
  quantity bigint,
  delivered_quantity bigint,
  manual_delivered_quantity bigint,
  amount bigint NOT NULL,
  vat_percent numeric(18, 6) NOT NULL,
  show_on_invoice boolean NOT NULL,
  note text NOT NULL,
  pending boolean NOT NULL,
  reversed boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, draft_id) REFERENCES draft_pre_invoice ON DELETE CASCADE
);
CREATE INDEX draft_line_draft_id_ix ON draft_line (tenant_id, draft_id);
-- An item is billed once per interval, plan entry or amendment, whatever races (PI-GEN-03).
CREATE UNIQUE INDEX draft_line_key ON draft_line
  (tenant_id, item_id, service_start_on, basis, plan_entry_no, amendment_no) WHERE NOT reversed;
SELECT mb_protect('draft_line');
"""

_RUNS = """
-- Invoices that a credit note has reversed, for when the note is heard of before the invoice.
CREATE TABLE reversed_invoice (
  tenant_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id)
);
SELECT mb_protect('reversed_invoice');

CREATE TABLE billing_run (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  run_no int NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'completed_with_errors', 'failed')),
  invoice_on date,
  accounting_on date,
  zero_invoices boolean NOT NULL,
  documents boolean NOT NULL,
  draft_count int NOT NULL,
  invoiced_count int NOT NULL,
  skipped_count int NOT NULL,
  failed_count int NOT NULL,
  retry_of uuid,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  completed_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, run_no),
  FOREIGN KEY (tenant_id, retry_of) REFERENCES billing_run,
  CHECK ((completed_at IS NULL) = (state IN ('queued', 'running')))
);
CREATE INDEX billing_run_newest ON billing_run (tenant_id, created_at DESC, id DESC);
SELECT mb_protect('billing_run');

-- Number, campaign and planned date are kept: a run lists a draft that was deleted since, in the order it was taken.
CREATE TABLE billing_run_draft (
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  draft_id uuid NOT NULL,
  draft_no int NOT NULL,
  campaign_no int NOT NULL,
  planned_invoice_on date NOT NULL,
  outcome text NOT NULL
    CHECK (outcome IN ('waiting', 'locked', 'invoiced', 'refused', 'skipped_zero', 'timed_out', 'not_run')),
  phase text NOT NULL CHECK (phase IN ('lock', 'issue')),
  code text NOT NULL,
  message text NOT NULL,
  invoice_no text NOT NULL,
  late boolean NOT NULL,
  -- The draft as it was handed over, while its answer is awaited or overdue.
  snapshot jsonb,
  PRIMARY KEY (tenant_id, run_id, draft_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES billing_run
);
CREATE INDEX billing_run_draft_waiting ON billing_run_draft
  (tenant_id, run_id, planned_invoice_on, campaign_no, draft_id) WHERE outcome = 'waiting';
-- A draft is in the hands of one run at a time (PI-RUN-13).
CREATE UNIQUE INDEX billing_run_draft_locked ON billing_run_draft (tenant_id, draft_id) WHERE outcome = 'locked';
SELECT mb_protect('billing_run_draft');

-- When a run stops waiting for answers; workers of every tenant look here.
CREATE TABLE billing_run_deadline (
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, run_id)
);
CREATE INDEX billing_run_deadline_expires_at_ix ON billing_run_deadline (expires_at);
SELECT mb_protect_plumbing('billing_run_deadline');
"""

_SCHEDULES = """
-- Generations and billing runs that time starts; workers of every tenant look here.
CREATE TABLE billing_schedule (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('draft_generation', 'billing_run')),
  legal_entity_id uuid NOT NULL,
  every text NOT NULL CHECK (every IN ('day', 'week', 'month')),
  at_minute int NOT NULL CHECK (at_minute BETWEEN 0 AND 1439),
  weekday int CHECK (weekday BETWEEN 0 AND 6),
  day_of_month int CHECK (day_of_month BETWEEN 1 AND 31),
  wanted jsonb NOT NULL,
  active boolean NOT NULL,
  next_at timestamptz NOT NULL,
  last_at timestamptz,
  last_outcome text CHECK (last_outcome IN ('queued', 'failed')),
  last_code text NOT NULL,
  last_message text NOT NULL,
  last_job_id uuid,
  created_by text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((every = 'week') = (weekday IS NOT NULL)),
  CHECK ((every = 'month') = (day_of_month IS NOT NULL))
);
CREATE INDEX billing_schedule_due ON billing_schedule (next_at) WHERE active;
SELECT mb_protect_plumbing('billing_schedule');
"""

_INSERTIONS = """
CREATE TABLE media_plan (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  client_id uuid NOT NULL,
  campaign text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX media_plan_campaign_ix ON media_plan (tenant_id, campaign) WHERE campaign <> '';
SELECT mb_protect('media_plan');

-- What money billed ahead may be deducted from, and whose it is: the client of the share counts (MA-PRE-06).
CREATE TABLE insertion_share (
  tenant_id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  client_id uuid NOT NULL,
  version int NOT NULL,
  plan_id uuid NOT NULL,
  order_id uuid NOT NULL,
  campaign text NOT NULL,
  insertion_on date NOT NULL,
  status text NOT NULL,
  currency text NOT NULL,
  price_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, insertion_id, client_id)
);
CREATE INDEX insertion_share_definitive_ix ON insertion_share (tenant_id, client_id) WHERE status = 'definitive';
CREATE INDEX insertion_share_order_id_ix ON insertion_share (tenant_id, order_id, client_id);
CREATE INDEX insertion_share_plan_id_ix ON insertion_share (tenant_id, plan_id, client_id);
SELECT mb_protect('insertion_share');
"""

_ADVANCES = """
CREATE TABLE advance_invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  advance_no int NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  owner text NOT NULL,
  product text NOT NULL,
  heading text NOT NULL,
  description text NOT NULL,
  blocked boolean NOT NULL,
  deduct_all boolean NOT NULL,
  scopes jsonb NOT NULL,
  scope_version int NOT NULL,
  status text NOT NULL CHECK (status IN ('registered', 'printed', 'partly_deducted', 'deducted')),
  -- Of its bills; the client's own while there is none.
  currency text NOT NULL,
  taxable boolean,
  vat_percent numeric(18, 6),
  aged_on date,
  printed_amount bigint NOT NULL,
  printed_base_amount bigint NOT NULL,
  deducted_amount bigint NOT NULL,
  deducted_base_amount bigint NOT NULL,
  -- What deductions, a settlement and reversals of bills hold of what remains.
  reserved_amount bigint NOT NULL CHECK (reserved_amount >= 0),
  reserved_base_amount bigint NOT NULL,
  settled_by_id uuid,
  settlement jsonb,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, advance_no),
  CHECK (NOT deduct_all OR scopes = '[]'),
  -- Money is used once, whatever races (MA-PRE-26).
  CONSTRAINT advance_invoice_covered_check CHECK (deducted_amount + reserved_amount <= printed_amount)
);
CREATE INDEX advance_invoice_client_id_ix ON advance_invoice (tenant_id, client_id);
SELECT mb_protect('advance_invoice');

CREATE TABLE advance_bill (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  advance_id uuid NOT NULL,
  bill_no int NOT NULL,
  state text NOT NULL CHECK (state IN ('registered', 'printing', 'printed', 'reversing', 'reversed')),
  wish_id uuid,
  currency text NOT NULL,
  taxable boolean NOT NULL,
  vat_percent numeric(18, 6),
  exchange_rate numeric(18, 6) NOT NULL CHECK (exchange_rate > 0),
  invoice_on date NOT NULL,
  due_on date NOT NULL,
  rows jsonb NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  base_amount bigint NOT NULL,
  invoice_id uuid,
  invoice_no text NOT NULL,
  refusal_code text NOT NULL,
  reversal jsonb,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, advance_id, bill_no),
  UNIQUE (tenant_id, invoice_id),
  FOREIGN KEY (tenant_id, advance_id) REFERENCES advance_invoice,
  CHECK (due_on >= invoice_on),
  CHECK ((state IN ('printed', 'reversing', 'reversed')) = (invoice_id IS NOT NULL)),
  CHECK (state = 'registered' OR wish_id IS NOT NULL)
);
SELECT mb_protect('advance_bill');

-- A document deducts of an advance invoice once, however often it is told of; amounts given back are below zero.
CREATE TABLE advance_entry (
  tenant_id uuid NOT NULL,
  advance_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  invoice_no text NOT NULL,
  reverses_id uuid,
  amount bigint NOT NULL,
  base_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, advance_id, invoice_id),
  FOREIGN KEY (tenant_id, advance_id) REFERENCES advance_invoice
);
SELECT mb_protect('advance_entry');
SELECT mb_append_only('advance_entry');
"""

_DEDUCTIONS = """
CREATE TABLE deduction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  -- The newest wish of invoicing that was answered.
  asked_version int NOT NULL,
  invoice_run_id uuid NOT NULL,
  client_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('reserved', 'refused', 'confirmed', 'released')),
  code text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT mb_protect('deduction');

CREATE TABLE deduction_take (
  tenant_id uuid NOT NULL,
  deduction_id uuid NOT NULL,
  advance_id uuid NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  base_amount bigint NOT NULL,
  open_amount bigint NOT NULL CHECK (open_amount >= 0),
  open_base_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, deduction_id, advance_id),
  FOREIGN KEY (tenant_id, deduction_id) REFERENCES deduction,
  FOREIGN KEY (tenant_id, advance_id) REFERENCES advance_invoice
);
CREATE INDEX deduction_take_open_ix ON deduction_take (tenant_id, advance_id) WHERE open_amount > 0;
SELECT mb_protect('deduction_take');

-- When an open deduction is asked about again; workers of every tenant look here.
CREATE TABLE deduction_deadline (
  tenant_id uuid NOT NULL,
  deduction_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, deduction_id)
);
CREATE INDEX deduction_deadline_expires_at_ix ON deduction_deadline (expires_at);
SELECT mb_protect_plumbing('deduction_deadline');
"""
