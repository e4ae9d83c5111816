"""Protection of tables, the audit trail and idempotency keys."""

from alembic import op

revision = "0001"
down_revision = None

_FUNCTIONS = """
-- The application's role stands beside the owner's: mb_contracts_owner, mb_contracts_app, mb_contracts_ro.
CREATE FUNCTION mb_role(suffix text) RETURNS text LANGUAGE sql AS
$$ SELECT regexp_replace(current_user, '_owner$', '') || '_' || suffix $$;

CREATE FUNCTION mb_protect(protected regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', protected);
  EXECUTE format('CREATE POLICY tenant ON %s
    USING (tenant_id = (SELECT NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid))
    WITH CHECK (tenant_id = (SELECT NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid))', protected);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', protected, mb_role('app'));
  EXECUTE format('GRANT SELECT ON %s TO %I', protected, mb_role('ro'));
END $$;

-- Tables of the plumbing are also open to workers that serve every tenant.
CREATE FUNCTION mb_protect_plumbing(protected regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM mb_protect(protected);
  EXECUTE format('CREATE POLICY system ON %s
    USING ((SELECT current_setting(''app.system'', true)) = ''on'')
    WITH CHECK ((SELECT current_setting(''app.system'', true)) = ''on'')', protected);
END $$;

CREATE FUNCTION mb_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION mb_append_only(protected regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
    FOR EACH STATEMENT EXECUTE FUNCTION mb_refuse()', protected);
  EXECUTE format('REVOKE UPDATE, DELETE ON %s FROM %I', protected, mb_role('app'));
END $$;
"""

_TABLES = """
CREATE TABLE audit (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  action text NOT NULL,
  entity text NOT NULL,
  entity_id uuid NOT NULL,
  before jsonb,
  after jsonb,
  reason text NOT NULL DEFAULT '',
  correlation_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_entity_ix ON audit (tenant_id, entity, entity_id);
SELECT mb_protect('audit');
SELECT mb_append_only('audit');

CREATE TABLE idempotency (
  tenant_id uuid NOT NULL,
  principal text NOT NULL,
  key text NOT NULL,
  route text NOT NULL,
  request_hash bytea NOT NULL,
  status int,
  headers jsonb,
  body bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, principal, key)
);
CREATE INDEX idempotency_created_at_ix ON idempotency (created_at);
SELECT mb_protect_plumbing('idempotency');

DO $$ BEGIN
  EXECUTE format('GRANT SELECT ON runtime_version TO %I, %I', mb_role('app'), mb_role('ro'));
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO %I', mb_role('ro'));
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO %I', mb_role('app'));
END $$;
"""


def upgrade() -> None:
    """Functions first: every later migration calls them."""
    op.execute(_FUNCTIONS)
    op.execute(_TABLES)
