"""Jobs with their refused items, imports with their lines."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_JOB)
    op.execute(_IMPORT)


_JOB = """
CREATE TABLE job (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (
        state IN ('queued', 'running', 'completed', 'completed_with_errors', 'failed', 'cancelled')
    ),
    request jsonb NOT NULL,
    checkpoint jsonb NOT NULL DEFAULT '{}',
    result jsonb,
    done_count int NOT NULL DEFAULT 0 CHECK (done_count >= 0),
    total_count int NOT NULL DEFAULT 0 CHECK (total_count >= 0),
    error_code text,
    error_message text,
    cancel_requested boolean NOT NULL DEFAULT false,
    lease_owner text,
    lease_until timestamptz NOT NULL DEFAULT now(),
    lease_epoch int NOT NULL DEFAULT 0,
    attempts int NOT NULL DEFAULT 0,
    retry_of uuid,
    items_of uuid,
    created_by text NOT NULL,
    correlation_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz,
    version int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, retry_of),
    FOREIGN KEY (tenant_id, retry_of) REFERENCES job,
    FOREIGN KEY (tenant_id, items_of) REFERENCES job,
    CHECK ((ended_at IS NULL) = (state IN ('queued', 'running')))
);
CREATE INDEX job_waiting ON job (created_at, id) WHERE state IN ('queued', 'running');
CREATE INDEX job_newest ON job (tenant_id, created_at DESC, id DESC);

CREATE TABLE job_error (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    item_id text NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (tenant_id, job_id, item_id),
    FOREIGN KEY (tenant_id, job_id) REFERENCES job
);

SELECT mb_protect_plumbing('job');
SELECT mb_protect('job_error');
"""

_IMPORT = """
CREATE TABLE import (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'validated' CHECK (state IN ('validated', 'applying', 'applied', 'discarded')),
    line_count int NOT NULL DEFAULT 0,
    create_count int NOT NULL DEFAULT 0,
    update_count int NOT NULL DEFAULT 0,
    unchanged_count int NOT NULL DEFAULT 0,
    error_count int NOT NULL DEFAULT 0,
    fault_count int NOT NULL DEFAULT 0,
    job_id uuid,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    applied_at timestamptz,
    version int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, job_id) REFERENCES job
);
CREATE INDEX import_newest ON import (tenant_id, created_at DESC, id DESC);

CREATE TABLE import_line (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line_no int NOT NULL,
    record_line int NOT NULL,
    key text,
    row jsonb NOT NULL,
    outcome text CHECK (outcome IN ('create', 'update', 'unchanged', 'error')),
    faults jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant_id, import_id, line_no),
    FOREIGN KEY (tenant_id, import_id) REFERENCES import
);

CREATE INDEX import_line_record ON import_line (tenant_id, import_id, record_line, line_no);

SELECT mb_protect('import');
SELECT mb_protect('import_line');
"""
