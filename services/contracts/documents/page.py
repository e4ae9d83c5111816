"""Documents as pages of a browser: for reading or printing, and loading nothing from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from shared.runtime.paper.words import joined


def page(
    document: Mapping[str, Any], *, parties: str, summary: str = "", below: Iterable[str] = (), stamp: str = ""
) -> bytes:
    """A laid-out document; `parties` says who it is from and to, `below` follows the table."""
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(document['title'])}</title>{_STYLE}",
        f"<h1>{escape(joined(document['heading'], document['number']))}</h1>",
        f"<p class=stamp>{escape(stamp)}</p>" if stamp else "",
        f"<p class=soft>{escape(document['remark'])}</p>",
        f"<p>{escape(parties)}</p>",
        *_facts(document["facts"]),
        *_table(document["table"]),
        f"<p class=sum>{escape(summary)}</p>" if summary else "",
        *(f"<p class=soft>{escape(text)}</p>" for text in below if text),
    ]
    return "\n".join(part for part in parts if part).encode()


def _facts(facts: Sequence[Sequence[str]]) -> Iterable[str]:
    if facts:
        yield "<dl>"
        yield from (f"<dt>{escape(name)}<dd>{escape(value)}" for name, value in facts)
        yield "</dl>"


def _table(table: Mapping[str, Any]) -> Iterable[str]:
    columns = table["columns"]
    yield "<table><thead><tr>"
    yield from (f"<th{_side(column)}>{escape(column['name'])}" for column in columns)
    yield "<tbody>"
    for group in table["groups"]:
        for row in group["rows"]:
            cells = zip(columns, row, strict=True)
            yield "<tr>" + "".join(f"<td{_side(column)}>{escape(cell)}" for column, cell in cells)
        if group["note"]:
            yield f"<tr class=note><td colspan={len(columns)} class=soft>{escape(group['note'])}"
    yield "</table>"


def _side(column: Mapping[str, Any]) -> str:
    return " class=number" if column["number"] else ""


_STYLE = """<style>
body { font: 15px/1.45 Georgia, serif; margin: 3rem auto; max-width: 62rem; padding: 0 1rem; color: #222 }
h1 { font-weight: normal; margin: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem }
dt, th, .soft { color: #666 }
dd { margin: 0 }
table { border-collapse: collapse; width: 100%; margin: 1.2rem 0 }
thead { display: table-header-group }
th { text-align: left; font-weight: normal; border-bottom: 1px solid #999 }
td, th { padding: .25rem .5rem; vertical-align: top }
tbody tr { border-top: 1px solid #ddd; break-inside: avoid }
tbody tr.note { border-top: 0; font-style: italic }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.stamp { display: inline-block; border: 2px solid; padding: .1rem .7rem; text-transform: uppercase }
.sum { font-weight: bold; text-align: right }
</style>"""
