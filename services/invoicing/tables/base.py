"""The base of invoicing's rows and the column types they share."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from shared.runtime.db import AMOUNT, EXACT, JSON, MOMENT, own_tables


class Row(SQLModel, registry=own_tables()):
    """The base of invoicing's rows."""


Key = Annotated[UUID, Field(primary_key=True)]
Words = Annotated[str, Field(sa_type=Text)]
Minor = Annotated[int, Field(sa_type=AMOUNT)]
Exact = Annotated[Decimal, Field(sa_type=EXACT)]
MaybeExact = Annotated[Decimal | None, Field(sa_type=EXACT)]
MaybeMinor = Annotated[int | None, Field(sa_type=AMOUNT)]
Json = Annotated[Any, Field(sa_type=JSON, nullable=False)]
MaybeJson = Annotated[Any, Field(sa_type=JSON, nullable=True)]
At = Annotated[datetime, Field(sa_type=MOMENT)]
MaybeAt = Annotated[datetime | None, Field(sa_type=MOMENT)]
