"""Registers and insertions as reconciliation needs them, media invoices, vouchers, and the deduction account's entries."""

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
CREATE TABLE insertion (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  plan_no text NOT NULL,
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
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX insertion_order_no_ix ON insertion (tenant_id, order_no, insertion_on);
CREATE INDEX insertion_insertion_on_ix ON insertion (tenant_id, insertion_on, id);
CREATE INDEX insertion_client_id_ix ON insertion (tenant_id, client_id, insertion_on, id);
CREATE INDEX insertion_supplier_id_ix ON insertion (tenant_id, supplier_id, insertion_on, id);
CREATE INDEX insertion_media_id_ix ON insertion (tenant_id, media_id, insertion_on, id);
"""

_VOUCHERS = """
CREATE TABLE voucher_series (
  tenant_id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  year int NOT NULL,
  next_no bigint NOT NULL,
  PRIMARY KEY (tenant_id, legal_entity_id, year)
);
CREATE TABLE voucher (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  year int NOT NULL,
  no bigint NOT NULL,
  source text NOT NULL CHECK (source IN ('media_invoice', 'media_invoice_cancelled', 'write_off')),
  source_id uuid NOT NULL,
  accounting_on date NOT NULL,
  currency text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legal_entity_id, year, no),
  UNIQUE (tenant_id, source, source_id),
  FOREIGN KEY (tenant_id, legal_entity_id, year) REFERENCES voucher_series
);
CREATE INDEX voucher_accounting_on_ix ON voucher (tenant_id, accounting_on, id);
CREATE TABLE voucher_line (
  tenant_id uuid NOT NULL,
  voucher_id uuid NOT NULL,
  line_no int NOT NULL,
  role text NOT NULL,
  insertion_id uuid,
  debit_amount bigint NOT NULL CHECK (debit_amount >= 0),
  credit_amount bigint NOT NULL CHECK (credit_amount >= 0),
  PRIMARY KEY (tenant_id, voucher_id, line_no),
  FOREIGN KEY (tenant_id, voucher_id) REFERENCES voucher,
  CONSTRAINT voucher_line_one_side_check CHECK ((debit_amount = 0) <> (credit_amount = 0))
);

-- On the header, not on the lines: there it would be quadratic (reliability.md section 8).
CREATE FUNCTION voucher_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) < 2 OR sum(debit_amount) <> sum(credit_amount)
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
  invoice_on date NOT NULL,
  accounting_on date,
  due_on date,
  currency text NOT NULL,
  exchange_rate numeric(18, 6) NOT NULL,
  amount bigint NOT NULL,
  vat jsonb NOT NULL,
  total_amount bigint NOT NULL,
  rounding_amount bigint NOT NULL,
  line_count int NOT NULL,
  voucher_id uuid,
  cancelled_voucher_id uuid,
  PRIMARY KEY (tenant_id, id),
  CHECK ((state = 'pending') = (voucher_id IS NULL)),
  CHECK ((state = 'cancelled') = (cancelled_voucher_id IS NOT NULL))
);
-- A supplier's number counts once among saved invoices (MA-MIN-05).
CREATE UNIQUE INDEX media_invoice_saved_once ON media_invoice (tenant_id, supplier_id, invoice_no)
  WHERE state = 'saved';
CREATE INDEX media_invoice_invoice_on_ix ON media_invoice (tenant_id, invoice_on, id);
CREATE TABLE media_invoice_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  media_invoice_id uuid NOT NULL,
  line_no int NOT NULL,
  insertion_id uuid NOT NULL,
  marked boolean NOT NULL,
  match text,
  gross_amount bigint NOT NULL,
  net_amount bigint NOT NULL,
  commission_amount bigint NOT NULL,
  other_amount bigint NOT NULL,
  net_net_amount bigint NOT NULL,
  ordered_net_net_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, media_invoice_id, line_no),
  FOREIGN KEY (tenant_id, media_invoice_id) REFERENCES media_invoice ON DELETE CASCADE,
  CHECK (net_amount - commission_amount + other_amount = net_net_amount)
);
CREATE INDEX media_invoice_line_insertion_id_ix ON media_invoice_line (tenant_id, insertion_id);
"""

_LEDGER = """
-- Invoices to clients, as far as they touch the deduction account; their lines may come before them.
CREATE TABLE client_invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_id uuid NOT NULL,
  invoice_no text NOT NULL,
  accounting_on date NOT NULL,
  currency text NOT NULL,
  exchange_rate numeric(18, 6) NOT NULL,
  media_deduction_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE client_invoice_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  client_invoice_id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  net_amount numeric(18, 6) NOT NULL,
  net_net_amount numeric(18, 6) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX client_invoice_line_invoice_ix ON client_invoice_line (tenant_id, client_invoice_id);

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
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX deduction_entry_insertion_id_ix ON deduction_entry (tenant_id, insertion_id);
CREATE INDEX deduction_entry_accounting_on_ix ON deduction_entry (tenant_id, accounting_on);

CREATE TABLE discrepancy (
  tenant_id uuid NOT NULL,
  insertion_id uuid NOT NULL,
  version int NOT NULL,
  legal_entity_id uuid NOT NULL,
  client_net_amount bigint NOT NULL,
  client_net_net_amount bigint NOT NULL,
  media_net_amount bigint NOT NULL,
  media_net_net_amount bigint NOT NULL,
  written_off_amount bigint NOT NULL,
  billed_amount bigint NOT NULL,
  discrepancy_net_amount bigint NOT NULL,
  discrepancy_net_net_amount bigint NOT NULL,
  reconciliation_code int,
  PRIMARY KEY (tenant_id, insertion_id)
);
CREATE INDEX discrepancy_open_ix ON discrepancy (tenant_id, insertion_id) WHERE discrepancy_net_net_amount <> 0;
"""

_TABLES = [
    "legal_entity",
    "supplier",
    "media",
    "client",
    "insertion",
    "voucher_series",
    "voucher",
    "voucher_line",
    "media_invoice",
    "media_invoice_line",
    "client_invoice",
    "client_invoice_line",
    "deduction_entry",
    "discrepancy",
]
_APPEND_ONLY = ["voucher", "voucher_line", "deduction_entry", "client_invoice", "client_invoice_line"]


def upgrade() -> None:
    """Tables, then their protection."""
    for script in (_REGISTERS, _VOUCHERS, _MEDIA_INVOICES, _LEDGER):
        op.execute(script)
    for table in _TABLES:
        op.execute(f"SELECT mb_protect('{table}')")
    for table in _APPEND_ONLY:
        op.execute(f"SELECT mb_append_only('{table}')")
