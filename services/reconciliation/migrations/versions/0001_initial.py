"""Registers and insertions as reconciliation needs them, media invoices, vouchers, the deduction account."""

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
  currency_places int NOT NULL,
  number_prefix text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE supplier (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  blocked boolean NOT NULL,
  payment_days int NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX supplier_code_ix ON supplier (tenant_id, code);
CREATE TABLE media (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  supplier_id uuid,
  currency text NOT NULL,
  media_type text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE client (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
-- row_id is where an insertion's amounts stand in reconciliation: credits and corrections on their original's row.
-- A medium may bill what is confirmed in whatever way and is no credit or correction (MA-MIN-02).
CREATE TABLE insertion (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  row_id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  plan_no text NOT NULL,
  campaign text NOT NULL,
  order_id uuid NOT NULL,
  order_no bigint NOT NULL,
  media_id uuid NOT NULL,
  media_name text NOT NULL,
  supplier_id uuid,
  owner text NOT NULL,
  insertion_on date NOT NULL,
  status text NOT NULL,
  currency text NOT NULL,
  exchange_rate numeric(18, 6) NOT NULL,
  text text NOT NULL,
  gross_amount bigint NOT NULL,
  discount_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  commission_amount bigint NOT NULL,
  net_net_amount bigint NOT NULL,
  billable boolean NOT NULL GENERATED ALWAYS AS (status NOT IN ('preliminary', 'cancelled') AND row_id = id) STORED,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX insertion_order_no_ix ON insertion (tenant_id, order_no, insertion_on, id);
CREATE INDEX insertion_insertion_on_ix ON insertion (tenant_id, insertion_on, id);
CREATE INDEX insertion_client_id_ix ON insertion (tenant_id, client_id, insertion_on, id);
CREATE INDEX insertion_supplier_id_ix ON insertion (tenant_id, supplier_id, insertion_on, id);
CREATE INDEX insertion_media_id_ix ON insertion (tenant_id, media_id, insertion_on, id);
"""

_VOUCHERS = """
CREATE TABLE series (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind = 'voucher'),
  year int NOT NULL,
  prefix text NOT NULL,
  first_no bigint NOT NULL,
  next_no bigint NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'blocked')),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legal_entity_id, kind, year)
);
CREATE TABLE voucher (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  source text NOT NULL CHECK (source IN (
    'media_invoice', 'media_invoice_cancelled', 'media_invoice_moved', 'write_off')),
  source_id uuid NOT NULL,
  series_id uuid NOT NULL,
  no bigint NOT NULL,
  voucher_no text NOT NULL,
  accounting_on date NOT NULL,
  currency text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, source, source_id),
  UNIQUE (tenant_id, series_id, no),
  FOREIGN KEY (tenant_id, series_id) REFERENCES series
);
CREATE INDEX voucher_accounting_on_ix ON voucher (tenant_id, accounting_on, id);
CREATE TABLE voucher_line (
  tenant_id uuid NOT NULL,
  voucher_id uuid NOT NULL,
  line_no int NOT NULL,
  role text NOT NULL,
  insertion_id uuid,
  debit bigint NOT NULL CHECK (debit >= 0),
  credit bigint NOT NULL CHECK (credit >= 0),
  PRIMARY KEY (tenant_id, voucher_id, line_no),
  FOREIGN KEY (tenant_id, voucher_id) REFERENCES voucher,
  CONSTRAINT voucher_line_one_side_check CHECK ((debit = 0) <> (credit = 0))
);

-- On the header, not on the lines: there it would be quadratic (reliability.md section 8).
CREATE FUNCTION voucher_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) < 2 OR sum(debit) <> sum(credit)
      FROM voucher_line WHERE tenant_id = NEW.tenant_id AND voucher_id = NEW.id)
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

_MEDIA_INVOICES = """
CREATE TABLE media_invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'saved', 'cancelled')),
  supplier_id uuid,
  legal_entity_id uuid,
  invoice_no text NOT NULL,
  invoice_on date,
  accounting_on date,
  due_on date,
  currency text NOT NULL,
  exchange_rate numeric(18, 6),
  amount bigint NOT NULL,
  vat jsonb NOT NULL,
  vat_amount bigint NOT NULL,
  total_amount bigint NOT NULL,
  rounding_amount bigint NOT NULL,
  line_count int NOT NULL,
  voucher_id uuid,
  voucher_no text NOT NULL,
  cancelled_voucher_id uuid,
  cancelled_on date,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, voucher_id) REFERENCES voucher,
  FOREIGN KEY (tenant_id, cancelled_voucher_id) REFERENCES voucher,
  CHECK (state = 'pending' OR (supplier_id IS NOT NULL AND legal_entity_id IS NOT NULL AND invoice_no <> ''
    AND invoice_on IS NOT NULL AND accounting_on IS NOT NULL AND due_on IS NOT NULL AND exchange_rate > 0)),
  CHECK (state <> 'pending' OR voucher_id IS NULL),
  CHECK ((state = 'cancelled') = (cancelled_on IS NOT NULL))
);
-- A supplier's number counts once among saved invoices (MA-MIN-05).
CREATE UNIQUE INDEX media_invoice_saved_once ON media_invoice (tenant_id, supplier_id, invoice_no)
  WHERE state = 'saved';
CREATE INDEX media_invoice_number_ix ON media_invoice (tenant_id, supplier_id, invoice_no);
CREATE INDEX media_invoice_pending_ix ON media_invoice (tenant_id, id) WHERE state = 'pending';

-- order_no and insertion_on are what the medium printed; insertion_id is what was found for them, if anything was.
CREATE TABLE media_invoice_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  media_invoice_id uuid NOT NULL,
  line_no int NOT NULL,
  order_no bigint NOT NULL,
  insertion_on date NOT NULL,
  text text NOT NULL,
  insertion_id uuid,
  match text CHECK (match IN ('exact', 'near', 'same_day', 'again', 'by_hand')),
  marked boolean NOT NULL,
  moved boolean NOT NULL DEFAULT false,
  gross_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  commission_amount bigint NOT NULL,
  other_amount bigint NOT NULL,
  net_net_amount bigint NOT NULL,
  ordered_net_net_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, media_invoice_id, line_no),
  FOREIGN KEY (tenant_id, media_invoice_id) REFERENCES media_invoice ON DELETE CASCADE,
  CHECK (net_amount - commission_amount + other_amount = net_net_amount),
  CHECK ((insertion_id IS NULL) = (match IS NULL))
) WITH (fillfactor = 60);

CREATE FUNCTION media_invoice_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  marks CONSTANT text[] := ARRAY['version', 'state', 'cancelled_voucher_id', 'cancelled_on', 'line_count'];
BEGIN
  IF OLD.state = 'cancelled' OR NEW.state = 'pending' OR to_jsonb(OLD) - marks <> to_jsonb(NEW) - marks THEN
    RAISE EXCEPTION 'a saved media invoice never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keeps BEFORE UPDATE ON media_invoice FOR EACH ROW WHEN (OLD.state <> 'pending')
  EXECUTE FUNCTION media_invoice_keeps();
CREATE TRIGGER never_deleted BEFORE DELETE ON media_invoice FOR EACH ROW WHEN (OLD.state <> 'pending')
  EXECUTE FUNCTION mb_refuse();
"""

_LEDGER = """
-- Invoices to clients as far as they touch the deduction account: the amount is what they credited to it.
CREATE TABLE client_invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  invoice_no text NOT NULL,
  accounting_on date NOT NULL,
  currency text NOT NULL,
  media_deduction_amount numeric(18, 6) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX client_invoice_accounting_on_ix ON client_invoice (tenant_id, accounting_on);
-- Their lines that wait for the invoice, the insertion or the legal entity to arrive; booked, they are entries.
CREATE TABLE waiting_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  client_invoice_id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  net_amount numeric(18, 6) NOT NULL,
  net_net_amount numeric(18, 6) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX waiting_line_insertion_id_ix ON waiting_line (tenant_id, insertion_id);
CREATE INDEX waiting_line_client_invoice_id_ix ON waiting_line (tenant_id, client_invoice_id);

-- What moved an insertion's balance on the deduction account, signed as it moves the discrepancy, in base currency;
-- billed_amount is what media invoices state, in the insertion's own currency.
CREATE TABLE deduction_entry (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('client', 'media', 'write_off')),
  source_id uuid NOT NULL,
  accounting_on date NOT NULL,
  net_amount bigint NOT NULL,
  net_net_amount bigint NOT NULL,
  billed_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (kind = 'media' OR billed_amount = 0),
  CHECK (kind <> 'write_off' OR net_amount = 0)
);
CREATE INDEX deduction_entry_insertion_id_ix ON deduction_entry (tenant_id, insertion_id);
CREATE INDEX deduction_entry_accounting_on_ix ON deduction_entry (tenant_id, accounting_on);
CREATE INDEX deduction_entry_source_id_ix ON deduction_entry (tenant_id, source_id);

CREATE TABLE discrepancy (
  tenant_id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  version int NOT NULL,
  legal_entity_id uuid NOT NULL,
  currency text NOT NULL,
  client_net_amount bigint NOT NULL,
  client_net_net_amount bigint NOT NULL,
  media_net_amount bigint NOT NULL,
  media_net_net_amount bigint NOT NULL,
  written_off_amount bigint NOT NULL,
  billed_amount bigint NOT NULL,
  discrepancy_net_amount bigint NOT NULL
    GENERATED ALWAYS AS (client_net_amount - media_net_amount) STORED,
  discrepancy_net_net_amount bigint NOT NULL
    GENERATED ALWAYS AS (client_net_net_amount - media_net_net_amount - written_off_amount) STORED,
  reconciliation_code int,
  code_by_hand boolean NOT NULL DEFAULT false,
  comment text NOT NULL DEFAULT '',
  commented_by text NOT NULL DEFAULT '',
  commented_at timestamptz,
  PRIMARY KEY (tenant_id, insertion_id)
);
CREATE INDEX discrepancy_open_ix ON discrepancy (tenant_id, insertion_id) WHERE discrepancy_net_net_amount <> 0;

CREATE TABLE write_off (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  accounting_on date NOT NULL,
  account text NOT NULL,
  currency text NOT NULL,
  reason text NOT NULL,
  voucher_id uuid NOT NULL,
  reverses_id uuid,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, voucher_id) REFERENCES voucher,
  FOREIGN KEY (tenant_id, reverses_id) REFERENCES write_off
);
CREATE INDEX write_off_reverses_id_ix ON write_off (tenant_id, reverses_id) WHERE reverses_id IS NOT NULL;
CREATE TABLE write_off_row (
  tenant_id uuid NOT NULL,
  write_off_id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  amount bigint NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (tenant_id, write_off_id, insertion_id),
  FOREIGN KEY (tenant_id, write_off_id) REFERENCES write_off
);
"""

_TABLES = [
    "legal_entity",
    "supplier",
    "media",
    "client",
    "insertion",
    "series",
    "voucher",
    "voucher_line",
    "media_invoice",
    "media_invoice_line",
    "client_invoice",
    "waiting_line",
    "deduction_entry",
    "discrepancy",
    "write_off",
    "write_off_row",
]
_APPEND_ONLY = ["voucher", "voucher_line", "deduction_entry", "client_invoice", "write_off", "write_off_row"]


def upgrade() -> None:
    """Tables, then their protection."""
    for script in (_REGISTERS, _VOUCHERS, _MEDIA_INVOICES, _LEDGER):
        op.execute(script)
    for table in _TABLES:
        op.execute(f"SELECT mb_protect('{table}')")
    for table in _APPEND_ONLY:
        op.execute(f"SELECT mb_append_only('{table}')")
    op.execute(
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON series "
        "FOR EACH STATEMENT EXECUTE FUNCTION mb_refuse()"
    )
