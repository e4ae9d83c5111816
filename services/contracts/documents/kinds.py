"""The kinds of file a document comes in (CT-DOC-03)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Format = Literal["pdf", "html", "csv", "json"]
MEDIA_TYPES: Mapping[Format, str] = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
TEMPLATES = Path(__file__).parents[1] / "templates"
