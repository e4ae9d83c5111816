"""Registers as invoicing needs them, billable items, runs, invoices, vouchers and documents."""

from alembic import op

revision = "0001"
down_revision = None

_REGISTERS = """
CREATE TABLE legal_entity (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  currency text NOT NULL,
  country text NOT NULL,
  address text NOT NULL,
  vat_no text NOT NULL,
  vat_percent numeric(18, 6) NOT NULL,
  number_prefix text NOT NULL,
  credit_series boolean NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE client (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  legal_entity_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  category text NOT NULL,
  address text NOT NULL,
  country text NOT NULL,
  vat_no text NOT NULL,
  email text NOT NULL,
  language text NOT NULL,
  vat_percent numeric(18, 6) NOT NULL,
  currency text NOT NULL,
  payment_days int NOT NULL,
  from_month_end boolean NOT NULL,
  cash_discount_percent numeric(18, 6) NOT NULL,
  cash_discount_days int NOT NULL,
  separate_by text NOT NULL,
  reference_required boolean NOT NULL,
  minimum_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE agreement (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  current_invoicing boolean NOT NULL,
  current_deduction boolean NOT NULL,
  timing text NOT NULL,
  fee_payment_days int,
  fee_from_month_end boolean NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE plan (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  client_id uuid NOT NULL,
  invoice_on date,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE station (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE tax (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  percent numeric(18, 6) NOT NULL,
  parts jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE contract (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  contract_no bigint NOT NULL,
  state text NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  currency text NOT NULL,
  billing_cycle text NOT NULL,
  invoice_type text NOT NULL,
  discount_percent numeric(18, 6) NOT NULL,
  agency_commission_percent numeric(18, 6) NOT NULL,
  sales_commission_percent numeric(18, 6) NOT NULL,
  tax_id uuid,
  comment text NOT NULL,
  po_no text NOT NULL,
  product text NOT NULL,
  start_on date,
  end_on date,
  cancelled_on date,
  PRIMARY KEY (tenant_id, id)
);
-- The days on which a contract has ordered units or occurrences: what opens its invoices and what they wait for.
CREATE TABLE contract_day (
  tenant_id uuid NOT NULL,
  contract_id uuid NOT NULL,
  station_id uuid NOT NULL,
  kind text NOT NULL,
  ordered_on date NOT NULL,
  PRIMARY KEY (tenant_id, contract_id, kind, station_id, ordered_on)
);
CREATE INDEX contract_day_station_ix ON contract_day (tenant_id, station_id, ordered_on);
CREATE TABLE station_log (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  station_id uuid NOT NULL,
  air_on date NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX station_log_station_ix ON station_log (tenant_id, station_id, air_on);
"""

_ITEMS = """
CREATE TABLE billable_item (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  -- The version with which it last read otherwise: an insertion also counts on when others of its shares are invoiced.
  revision int NOT NULL DEFAULT 1,
  origin text NOT NULL CHECK (origin IN ('insertion', 'spot', 'off_air', 'draft_line')),
  origin_id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  plan_id uuid,
  order_id uuid,
  order_no text NOT NULL DEFAULT '',
  campaign text NOT NULL DEFAULT '',
  product text NOT NULL DEFAULT '',
  owner text NOT NULL DEFAULT '',
  agreement_id uuid,
  media_id uuid,
  media_name text NOT NULL DEFAULT '',
  contract_id uuid,
  text text NOT NULL DEFAULT '',
  details jsonb,
  dated_on date NOT NULL,
  status text NOT NULL,
  ad_check_missing boolean NOT NULL DEFAULT false,
  correction_kind text NOT NULL DEFAULT 'none',
  credit boolean NOT NULL DEFAULT false,
  original_id uuid,
  client_reference text NOT NULL DEFAULT '',
  not_before_on date,
  currency text NOT NULL,
  exchange_rate numeric(18, 6) NOT NULL,
  vat_percent numeric(18, 6),
  gross_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  net_net_amount bigint NOT NULL,
  client_net_amount bigint NOT NULL,
  fee_amount bigint NOT NULL,
  capital_cost_amount bigint NOT NULL,
  price_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX billable_item_open_ix ON billable_item (tenant_id, client_id, dated_on, id)
  WHERE origin = 'insertion' AND status NOT IN ('invoiced', 'cancelled');
-- Where a plan or an order begins and ends, for agreements that bill it as a whole.
CREATE INDEX billable_item_plan_id_ix ON billable_item (tenant_id, plan_id, dated_on)
  WHERE origin = 'insertion' AND status <> 'cancelled';
CREATE INDEX billable_item_order_id_ix ON billable_item (tenant_id, order_id, dated_on)
  WHERE origin = 'insertion' AND status <> 'cancelled';
CREATE INDEX billable_item_origin_id_ix ON billable_item (tenant_id, origin_id);
CREATE INDEX billable_item_original_id_ix ON billable_item (tenant_id, original_id) WHERE original_id IS NOT NULL;
CREATE INDEX billable_item_contract_id_ix ON billable_item (tenant_id, contract_id, dated_on)
  WHERE contract_id IS NOT NULL;
"""

_RUNS = """
CREATE TABLE invoice_run (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  run_no int NOT NULL,
  mode text NOT NULL CHECK (mode IN ('live', 'test')),
  state text NOT NULL,
  criteria jsonb NOT NULL,
  switches jsonb NOT NULL,
  invoice_on date NOT NULL,
  accounting_on date NOT NULL,
  text text NOT NULL,
  digest text NOT NULL,
  bound_digest text NOT NULL,
  invoice_count int NOT NULL,
  item_count int NOT NULL,
  left_out_count int NOT NULL,
  total_amounts jsonb NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, run_no)
);
-- Runs that have not ended; workers of every tenant look here for those whose job was cancelled or failed.
CREATE TABLE invoice_run_open (
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, run_id)
);
SELECT mb_protect_plumbing('invoice_run_open');
CREATE TABLE selection (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  owner text NOT NULL,
  name text NOT NULL,
  criteria jsonb NOT NULL,
  switches jsonb NOT NULL,
  text text NOT NULL,
  saved_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, owner, name)
);
CREATE TABLE invoice_run_left_out (
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  billable_item_id uuid NOT NULL,
  client_id uuid NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (tenant_id, run_id, billable_item_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES invoice_run
);
CREATE TABLE invoice_run_preview (
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  position int NOT NULL,
  kind text NOT NULL,
  client_id uuid NOT NULL,
  currency text NOT NULL,
  invoice_on date NOT NULL,
  due_on date NOT NULL,
  client_reference text NOT NULL,
  invoice_fee_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  vat jsonb NOT NULL,
  vat_amount bigint NOT NULL,
  total_amount bigint NOT NULL,
  billable_item_ids uuid[] NOT NULL,
  PRIMARY KEY (tenant_id, run_id, position),
  FOREIGN KEY (tenant_id, run_id) REFERENCES invoice_run
);
"""

_INVOICES = """
CREATE TABLE series (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note', 'voucher')),
  year int NOT NULL,
  prefix text NOT NULL,
  first_no bigint NOT NULL,
  next_no bigint NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'blocked')),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legal_entity_id, kind, year)
);
CREATE TABLE invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  kind text NOT NULL,
  variant text NOT NULL,
  document text NOT NULL CHECK (document IN ('invoice', 'credit_note')),
  state text NOT NULL CHECK (state IN ('gathering', 'pending', 'issued', 'removed')),
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  contract_id uuid,
  campaign_id uuid,
  draft_id uuid,
  billing_run_id uuid,
  invoice_run_id uuid,
  series_id uuid,
  no bigint,
  invoice_no text NOT NULL,
  period_from date,
  period_to date,
  invoice_on date,
  accounting_on date,
  due_on date,
  issued_at timestamptz,
  currency text NOT NULL,
  exchange_rate numeric(18, 6) NOT NULL,
  gross_amount bigint NOT NULL,
  discount_amount bigint NOT NULL,
  agency_commission_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  vat jsonb NOT NULL,
  vat_amount bigint NOT NULL,
  total_amount bigint NOT NULL,
  sales_commission_amount bigint NOT NULL,
  invoice_fee_amount bigint NOT NULL DEFAULT 0,
  media_deduction_amount bigint NOT NULL,
  client_reference text NOT NULL,
  text text NOT NULL,
  frozen jsonb NOT NULL,
  line_count int NOT NULL,
  reverses_id uuid,
  reversed_by_id uuid,
  block_items boolean NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, series_id, no),
  UNIQUE (tenant_id, reverses_id),
  CHECK ((state = 'issued') = (no IS NOT NULL)),
  CHECK (net_amount = gross_amount - discount_amount - agency_commission_amount + invoice_fee_amount),
  CHECK (total_amount = net_amount + vat_amount),
  FOREIGN KEY (tenant_id, series_id) REFERENCES series,
  FOREIGN KEY (tenant_id, reverses_id) REFERENCES invoice
);
CREATE UNIQUE INDEX invoice_draft_once ON invoice (tenant_id, draft_id) WHERE draft_id IS NOT NULL;
CREATE UNIQUE INDEX invoice_open_period_once ON invoice (tenant_id, contract_id, period_from, period_to)
  WHERE state IN ('gathering', 'pending') AND reverses_id IS NULL;
CREATE INDEX invoice_contract_id_ix ON invoice (tenant_id, contract_id) WHERE contract_id IS NOT NULL;
CREATE INDEX invoice_invoice_on_ix ON invoice (tenant_id, invoice_on, id) WHERE no IS NOT NULL;
CREATE INDEX invoice_run_ix ON invoice (tenant_id, invoice_run_id) WHERE invoice_run_id IS NOT NULL;

CREATE TABLE invoice_line (
  tenant_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  line_no int NOT NULL,
  billable_item_id uuid NOT NULL,
  portion text NOT NULL CHECK (portion IN ('whole', 'media', 'commission')),
  reversed boolean NOT NULL,
  order_no text NOT NULL,
  media_id uuid,
  media_name text NOT NULL,
  text text NOT NULL,
  details jsonb,
  dated_on date NOT NULL,
  vat_percent numeric(18, 6) NOT NULL,
  gross_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  net_net_amount bigint NOT NULL,
  client_net_amount bigint NOT NULL,
  fee_amount bigint NOT NULL,
  capital_cost_amount bigint NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id, line_no),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice
);
-- An item is billed once: as a whole, or its media and its commission apart (reliability.md section 3).
CREATE UNIQUE INDEX invoice_line_media_once ON invoice_line (tenant_id, billable_item_id)
  WHERE NOT reversed AND portion <> 'commission';
CREATE UNIQUE INDEX invoice_line_commission_once ON invoice_line (tenant_id, billable_item_id)
  WHERE NOT reversed AND portion <> 'media';

CREATE TABLE document (
  tenant_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  template_version int NOT NULL,
  sha256 bytea NOT NULL,
  content bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice
);

-- What became of sending an issued invoice; one that nobody has dealt with has no row here and is not sent.
-- `handed_over_at` is set before a mail is given to the server: what carries it without an answer is in doubt.
CREATE TABLE distribution (
  tenant_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  version int NOT NULL,
  status text NOT NULL CHECK (status IN ('not_sent', 'queued', 'sent', 'failed')),
  address text NOT NULL,
  sent_to text NOT NULL,
  sending int NOT NULL,
  tries int NOT NULL,
  job_id uuid,
  queued_at timestamptz,
  next_try_at timestamptz,
  handed_over_at timestamptz,
  sent_at timestamptz,
  failure_code text NOT NULL,
  failure_text text NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice,
  CHECK (status <> 'queued' OR (job_id IS NOT NULL AND queued_at IS NOT NULL)),
  CHECK (status <> 'sent' OR sent_at IS NOT NULL),
  CHECK ((status = 'failed') = (failure_code <> ''))
);
CREATE INDEX distribution_job_id_ix ON distribution (tenant_id, job_id);
"""

_VOUCHERS = """
CREATE TABLE voucher (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  source text NOT NULL,
  source_id uuid NOT NULL,
  series_id uuid NOT NULL,
  no bigint NOT NULL,
  voucher_no text NOT NULL,
  accounting_on date NOT NULL,
  client_id uuid NOT NULL,
  currency text NOT NULL,
  created_xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, source, source_id),
  UNIQUE (tenant_id, series_id, no),
  FOREIGN KEY (tenant_id, series_id) REFERENCES series
);
CREATE TABLE voucher_line (
  tenant_id uuid NOT NULL,
  voucher_id uuid NOT NULL,
  line_no int NOT NULL,
  role text NOT NULL,
  media_id uuid,
  currency text NOT NULL,
  debit bigint NOT NULL CHECK (debit >= 0),
  credit bigint NOT NULL CHECK (credit >= 0),
  PRIMARY KEY (tenant_id, voucher_id, line_no),
  FOREIGN KEY (tenant_id, voucher_id) REFERENCES voucher,
  CONSTRAINT voucher_line_one_side_check CHECK ((debit = 0) <> (credit = 0))
);

-- On the header, not on the lines: there it would be quadratic (reliability.md section 8).
CREATE FUNCTION voucher_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM voucher_line WHERE tenant_id = NEW.tenant_id AND voucher_id = NEW.id) < 2 OR EXISTS (
    SELECT FROM voucher_line WHERE tenant_id = NEW.tenant_id AND voucher_id = NEW.id
    GROUP BY currency HAVING sum(debit) <> sum(credit))
  THEN
    RAISE EXCEPTION 'voucher % is out of balance', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON voucher DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION voucher_balances();

CREATE FUNCTION voucher_line_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT tenant_id, voucher_id FROM added) AS line
    JOIN voucher ON voucher.tenant_id = line.tenant_id AND voucher.id = line.voucher_id
    WHERE voucher.created_xid <> pg_current_xact_id()::text::bigint)
  THEN
    RAISE EXCEPTION 'a posted voucher takes no more lines' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER belongs AFTER INSERT ON voucher_line REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION voucher_line_belongs();
"""

_FROZEN = """
CREATE FUNCTION invoice_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  marks CONSTANT text[] := ARRAY['version', 'reversed_by_id', 'block_items'];
BEGIN
  IF to_jsonb(OLD) - marks <> to_jsonb(NEW) - marks THEN
    RAISE EXCEPTION 'an issued invoice never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keeps BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.no IS NOT NULL) EXECUTE FUNCTION invoice_keeps();

CREATE FUNCTION invoice_line_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(OLD) - 'reversed' <> to_jsonb(NEW) - 'reversed' OR (OLD.reversed AND NOT NEW.reversed) THEN
    RAISE EXCEPTION 'the line of an invoice never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keeps BEFORE UPDATE ON invoice_line FOR EACH ROW EXECUTE FUNCTION invoice_line_keeps();

CREATE FUNCTION invoice_line_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT tenant_id, invoice_id FROM added) AS line
    JOIN invoice ON invoice.tenant_id = line.tenant_id AND invoice.id = line.invoice_id
    WHERE invoice.no IS NOT NULL)
  THEN
    RAISE EXCEPTION 'an issued invoice takes no more lines' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER belongs AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION invoice_line_belongs();
"""

_TABLES = [
    "legal_entity",
    "client",
    "agreement",
    "plan",
    "station",
    "tax",
    "contract",
    "contract_day",
    "station_log",
    "billable_item",
    "invoice_run",
    "selection",
    "invoice_run_left_out",
    "invoice_run_preview",
    "series",
    "invoice",
    "invoice_line",
    "document",
    "distribution",
    "voucher",
    "voucher_line",
]
# What was issued or posted is never deleted; what may still be marked is guarded by the triggers above.
_KEPT = ("series", "invoice", "invoice_line")


def upgrade() -> None:
    """Tables, the triggers that keep what was issued, and row security on all of it."""
    for script in (_REGISTERS, _ITEMS, _RUNS, _INVOICES, _VOUCHERS, _FROZEN):
        op.execute(script)
    for table in _TABLES:
        op.execute(f"SELECT mb_protect('{table}')")
    for table in ("voucher", "voucher_line", "document"):
        op.execute(f"SELECT mb_append_only('{table}')")
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION mb_refuse()"
        )
        op.execute(f"DO $$ BEGIN EXECUTE format('REVOKE DELETE ON {table} FROM %I', mb_role('app')); END $$")
