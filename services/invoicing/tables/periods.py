"""Accounting periods."""

from datetime import date
from uuid import UUID

from services.invoicing.tables.base import Key, MaybeAt, Row, Words


class AccountingPeriod(Row, table=True):
    """Days that are open or closed to posting."""

    __tablename__ = "accounting_period"

    tenant_id: Key
    id: Key
    version: int
    legal_entity_id: UUID
    from_on: date
    to_on: date
    state: Words
    closed_at: MaybeAt
