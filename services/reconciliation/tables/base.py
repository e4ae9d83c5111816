"""The base of reconciliation's rows and the column types they share."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import Table, Text
from sqlmodel import Field, SQLModel

from shared.runtime.db import AMOUNT, EXACT, JSON, MOMENT, own_tables


class Row(SQLModel, registry=own_tables()):
    """The base of this service's rows."""


def table_of(row: type[Row]) -> Table:
    """The table behind a row class, for statements that read columns."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


Key = Annotated[UUID, Field(primary_key=True)]
KeyNumber = Annotated[int, Field(primary_key=True)]
Words = Annotated[str, Field(sa_type=Text)]
MaybeWords = Annotated[str | None, Field(sa_type=Text)]
Minor = Annotated[int, Field(sa_type=AMOUNT)]
Exact = Annotated[Decimal, Field(sa_type=EXACT)]
MaybeExact = Annotated[Decimal | None, Field(sa_type=EXACT)]
Json = Annotated[Any, Field(sa_type=JSON, nullable=False)]
At = Annotated[datetime, Field(sa_type=MOMENT)]
MaybeAt = Annotated[datetime | None, Field(sa_type=MOMENT)]
