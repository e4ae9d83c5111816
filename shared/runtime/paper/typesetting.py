"""A typst template and what it says become PDF/A-3b; the same input gives the same bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import typst

# Templates of services import the shared ones by their path below this directory.
_ROOT = Path(__file__).parents[3]


def typeset(template: Path, said: Mapping[str, Any]) -> bytes:
    """The document as PDF/A-3b; the template reads everything it shows from `data`."""
    compiler = typst.Compiler(
        str(template),
        root=str(_ROOT),
        font_paths=[],
        ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(said).decode()},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=["a-3b"])
    assert isinstance(pdf, bytes)
    return pdf
