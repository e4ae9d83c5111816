"""What a service tells (outbox) and hears (inbox, applied, parked)."""

from alembic import op

revision = "0002"
down_revision = "0001"

_OUTBOX = """
CREATE TABLE stream (
  tenant_id uuid NOT NULL,
  aggregate_type text NOT NULL,
  aggregate_id uuid NOT NULL,
  sequence int NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id)
);
SELECT mb_protect_plumbing('stream');

CREATE TABLE outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL UNIQUE,
  tenant_id uuid NOT NULL,
  aggregate_type text NOT NULL,
  aggregate_id uuid NOT NULL,
  sequence int NOT NULL,
  routing_key text NOT NULL,
  -- As it was written: nothing queries it here, and every event pays for what its storing costs.
  envelope json NOT NULL CHECK (octet_length(envelope::text) <= 1048576),
  occurred_at timestamptz NOT NULL,
  published_at timestamptz,
  position bigint UNIQUE,
  UNIQUE (aggregate_type, aggregate_id, sequence)
);
CREATE INDEX outbox_unpublished_ix ON outbox (seq) WHERE published_at IS NULL;
SELECT mb_protect_plumbing('outbox');
"""

_INBOX = """
CREATE TABLE inbox (
  event_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  source text NOT NULL,
  event_type text NOT NULL,
  occurred_at timestamptz NOT NULL,
  aggregate_id uuid NOT NULL,
  sequence int NOT NULL,
  processed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_processed_at_ix ON inbox (processed_at);
SELECT mb_protect_plumbing('inbox');

CREATE TABLE applied (
  tenant_id uuid NOT NULL,
  aggregate_type text NOT NULL,
  aggregate_id uuid NOT NULL,
  sequence int NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id)
);
SELECT mb_protect_plumbing('applied');

-- A message that is no envelope has neither tenant nor aggregate: only the system sees it.
CREATE TABLE parked (
  event_id uuid PRIMARY KEY,
  tenant_id uuid,
  event_type text NOT NULL,
  aggregate_type text,
  aggregate_id uuid,
  sequence int,
  ordered boolean NOT NULL DEFAULT false,
  reason text NOT NULL
    CHECK (reason IN ('error', 'refused', 'unreadable', 'unknown_type', 'bad_schema', 'gap', 'blocked', 'dead_letter')),
  error text NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  envelope text NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  resolution text CHECK (resolution IN ('handled', 'superseded', 'discarded')),
  discard_asked_by text,
  discard_reason text,
  CHECK ((resolved_at IS NULL) = (resolution IS NULL))
);
CREATE INDEX parked_due_ix ON parked (next_attempt_at) WHERE resolved_at IS NULL;
CREATE INDEX parked_aggregate_ix ON parked (aggregate_id, sequence) WHERE resolved_at IS NULL;
SELECT mb_protect_plumbing('parked');
"""


def upgrade() -> None:
    """The producer's side, then the consumer's."""
    op.execute(_OUTBOX)
    op.execute(_INBOX)
