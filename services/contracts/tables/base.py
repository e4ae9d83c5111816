"""The base of contracts' rows and the column types they share."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from shared.runtime.db import AMOUNT, EXACT, JSON, MOMENT, own_tables


class Row(SQLModel, registry=own_tables()):
    """The base of contracts' rows."""


Key = Annotated[UUID, Field(primary_key=True)]
KeyNumber = Annotated[int, Field(primary_key=True)]
KeyWords = Annotated[str, Field(primary_key=True, sa_type=Text)]
Words = Annotated[str, Field(sa_type=Text)]
Minor = Annotated[int, Field(sa_type=AMOUNT)]
Exact = Annotated[Decimal, Field(sa_type=EXACT)]
MaybeExact = Annotated[Decimal | None, Field(sa_type=EXACT)]
MaybeMinor = Annotated[int | None, Field(sa_type=AMOUNT)]
MaybeWords = Annotated[str | None, Field(sa_type=Text)]
Json = Annotated[Any, Field(sa_type=JSON, nullable=False)]
MaybeJson = Annotated[Any, Field(sa_type=JSON, nullable=True)]
At = Annotated[datetime, Field(sa_type=MOMENT)]
MaybeAt = Annotated[datetime | None, Field(sa_type=MOMENT)]
MaybeDay = date | None
MaybeId = UUID | None
