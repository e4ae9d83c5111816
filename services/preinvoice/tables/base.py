"""What the rows of preinvoice have in common, and how their columns are typed."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, Table, Text
from sqlmodel import Field, SQLModel

from shared.runtime.db import AMOUNT, EXACT, JSON, own_tables


class Row(SQLModel, registry=own_tables()):
    """The base of this service's rows."""


Key = Annotated[UUID, Field(primary_key=True)]
KeyWord = Annotated[str, Field(primary_key=True, sa_type=Text)]
Word = Annotated[str, Field(sa_type=Text)]
MaybeWord = Annotated[str | None, Field(sa_type=Text)]
Minor = Annotated[int, Field(sa_type=AMOUNT)]
MaybeMinor = Annotated[int | None, Field(sa_type=AMOUNT)]
MaybeUnits = Annotated[int | None, Field(sa_type=BigInteger)]
Exact = Annotated[Decimal, Field(sa_type=EXACT)]
MaybeExact = Annotated[Decimal | None, Field(sa_type=EXACT)]
Json = Annotated[Any, Field(sa_type=JSON, nullable=False)]
MaybeJson = Annotated[Any, Field(sa_type=JSON, nullable=True)]


def table_of(row: type[SQLModel]) -> Table:
    """The table that set-based statements are written in."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table
