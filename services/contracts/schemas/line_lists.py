"""How a user likes the list of lines (CT-LIN-29, CT-LIN-30)."""

from typing import Annotated, Any

from pydantic import Field

from services.contracts.domain.line_list import COLUMNS, STANDARD
from services.contracts.schemas.texts import Word
from shared.events.examples import example
from shared.events.fields import Shape, View, ruled

_COLUMN = ruled("column", "The list has no such column.")
ColumnName = Annotated[
    str,
    Field(max_length=40, json_schema_extra={"enum": list(COLUMNS)}, description="A column of the list (CT-LIN-29)."),
    _COLUMN,
]
SortName = Annotated[str, Field(max_length=41, description='A column; with a leading "-" it descends.'), _COLUMN]


class LineListShape(Shape):
    """A view to keep; what is left out is as standard."""

    model_config = example(
        columns=["line", "station", "flight", "rate", "total"], sort=["-total", "line"], filters={"status": ["pending"]}
    )

    columns: Annotated[list[ColumnName], Field(max_length=20, examples=[list(STANDARD)])] = []
    sort: Annotated[list[SortName], Field(max_length=5, examples=[["-total", "line"]])] = []
    group_by: ColumnName | None = Field(None, description="Null is one group.")
    filters: Annotated[dict[ColumnName, list[Word]], Field(max_length=10, examples=[{"status": ["pending"]}])] = Field(
        {}, description="Column → the values to be shown."
    )


class LineListView(View):
    """The caller's view; `standard` when nothing was saved."""

    columns: list[str]
    sort: list[str]
    group_by: str | None
    filters: dict[str, list[str]]
    standard: bool


class LineGroup(View):
    """Lines that share a value of the grouping column, or all of them when there is none."""

    value: str | None
    items: list[dict[str, Any]]


class LineListAnswer(View):
    """A contract's lines as asked, in groups."""

    columns: list[str]
    groups: list[LineGroup]
