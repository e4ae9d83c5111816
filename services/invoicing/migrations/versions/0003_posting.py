"""What postings must meet, and where they go: accounting periods, accounts, media; exports of vouchers."""

from alembic import op

revision = "0003"
down_revision = "0002"

_REGISTERS = """
CREATE TABLE media (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  media_type_id uuid,
  look_ahead_days int NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE media_type (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  code text NOT NULL,
  sales_account text NOT NULL,
  cost_account text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
-- As contracts tells them, whole; the id is the legal entity's.
CREATE TABLE parameter (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  stated jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE accounting_period (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  legal_entity_id uuid NOT NULL,
  from_on date NOT NULL,
  to_on date NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'closed')),
  closed_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CHECK (from_on <= to_on),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX accounting_period_legal_entity_ix ON accounting_period (tenant_id, legal_entity_id, from_on);
"""

_VOUCHER_LINE = """
ALTER TABLE voucher_line
  ADD plan_id uuid,
  ADD order_id uuid,
  ADD insertion_id uuid,
  ADD account_no text NOT NULL DEFAULT '';
-- A row per insertion makes the key to the header dear, row by row; the statement trigger says the same and more.
ALTER TABLE voucher_line DROP CONSTRAINT voucher_line_tenant_id_voucher_id_fkey;
CREATE OR REPLACE FUNCTION voucher_line_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT tenant_id, voucher_id FROM added) AS line
    LEFT JOIN voucher ON voucher.tenant_id = line.tenant_id AND voucher.id = line.voucher_id
    WHERE voucher.created_xid IS DISTINCT FROM pg_current_xact_id()::text::bigint)
  THEN
    RAISE EXCEPTION 'a posted voucher takes no more lines' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
"""

_EXPORTS = """
CREATE TABLE voucher_export (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_entity_id uuid NOT NULL,
  export_no int NOT NULL,
  year int NOT NULL,
  currency text NOT NULL,
  first_on date NOT NULL,
  last_on date NOT NULL,
  voucher_count int NOT NULL,
  debit_amount bigint NOT NULL,
  credit_amount bigint NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legal_entity_id, export_no),
  CHECK (debit_amount = credit_amount)
);
-- A voucher is exported once: its key has no export in it.
CREATE TABLE voucher_export_item (
  tenant_id uuid NOT NULL,
  voucher_id uuid NOT NULL,
  export_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, voucher_id),
  FOREIGN KEY (tenant_id, export_id) REFERENCES voucher_export
);
CREATE INDEX voucher_export_item_export_id_ix ON voucher_export_item (tenant_id, export_id);
CREATE TABLE voucher_export_file (
  tenant_id uuid NOT NULL,
  export_id uuid NOT NULL,
  format text NOT NULL CHECK (format IN ('sie', 'csv')),
  file_name text NOT NULL,
  sha256 bytea NOT NULL,
  content bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, export_id, format),
  FOREIGN KEY (tenant_id, export_id) REFERENCES voucher_export
);
"""


def upgrade() -> None:
    """Registers first: postings are checked against them."""
    op.execute(_REGISTERS)
    op.execute(_VOUCHER_LINE)
    op.execute(_EXPORTS)
    exports = ("voucher_export", "voucher_export_item", "voucher_export_file")
    for table in ("media", "media_type", "parameter", "accounting_period", *exports):
        op.execute(f"SELECT mb_protect('{table}')")
    for table in exports:
        op.execute(f"SELECT mb_append_only('{table}')")
