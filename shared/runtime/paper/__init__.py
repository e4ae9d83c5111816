"""Documents on paper, whoever sends them: the house's type, its tables, and how amounts and days are written."""

from shared.runtime.paper.table import Column, Group, Table
from shared.runtime.paper.typesetting import typeset

__all__ = ["Column", "Group", "Table", "typeset"]
