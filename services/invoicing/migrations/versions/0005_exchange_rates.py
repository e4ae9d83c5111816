"""Exchange rates as contracts tells them: minimum amounts in other currencies, and how old a rate may be."""

from alembic import op

revision = "0005"
down_revision = "0004"

_RATES = """
CREATE TABLE exchange_rate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  version int NOT NULL,
  legal_entity_id uuid NOT NULL,
  currency text NOT NULL,
  rate_on date NOT NULL,
  rate numeric(18, 6) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX exchange_rate_rate_on_ix ON exchange_rate (tenant_id, legal_entity_id, currency, rate_on);
"""


def upgrade() -> None:
    """The projection."""
    op.execute(_RATES)
    op.execute("SELECT mb_protect('exchange_rate')")
