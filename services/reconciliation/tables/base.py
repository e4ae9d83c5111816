"""The base of reconciliation's rows and the column types they share."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from shared.runtime.db import AMOUNT, EXACT, JSON, own_tables


class Row(SQLModel, registry=own_tables()):
    """The base of this service's rows."""


Key = Annotated[UUID, Field(primary_key=True)]
KeyNumber = Annotated[int, Field(primary_key=True)]
Words = Annotated[str, Field(sa_type=Text)]
MaybeWords = Annotated[str | None, Field(sa_type=Text)]
Minor = Annotated[int, Field(sa_type=AMOUNT)]
Exact = Annotated[Decimal, Field(sa_type=EXACT)]
Json = Annotated[Any, Field(sa_type=JSON, nullable=False)]
