"""Saved selections of invoice runs."""

from services.invoicing.tables.base import At, Json, Key, Row, Words


class Selection(Row, table=True):
    """Criteria, switches and general text that a user keeps under a name (MA-INV-04)."""

    __tablename__ = "selection"

    tenant_id: Key
    id: Key
    version: int
    owner: Words
    name: Words
    criteria: Json
    switches: Json
    text: Words
    saved_at: At
