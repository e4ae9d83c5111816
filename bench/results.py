"""The results' file: a dated table of every figure beside its floor and its goal."""

from collections.abc import Sequence
from pathlib import Path

from bench.measure import Verdict
from shared.runtime import clock

_HEAD = "| Goal | floor, per s | ours, per s | figure | asked | | spread |\n|---|---|---|---|---|---|---|\n"


def record(folder: Path, taken_on: str, count: int, verdicts: Sequence[Verdict]) -> Path:
    """Write the figures of this run to `<folder>/<today>.md`, below those of earlier runs of the day; the file."""
    today = clock.now().date().isoformat()
    path = folder / f"{today}.md"
    folder.mkdir(parents=True, exist_ok=True)
    earlier = path.read_text(encoding="utf-8") if path.exists() else f"# Measured on {today}\n"
    rows = "".join(_row(found) for found in verdicts)
    path.write_text(f"{earlier}\n{taken_on}; n = {count:,}\n\n{_HEAD}{rows}", encoding="utf-8")
    return path


def _row(found: Verdict) -> str:
    sides = [f"{side:,.0f}" if side else "" for side in (found.floor, found.ours)]
    asked = f"{'≤' if found.at_most else '≥'} {found.goal:g}"
    cells = [found.name, *sides, f"{found.figure:.2f}", asked, "met" if found.met else "missed", found.remark]
    return f"| {' | '.join(cells)} |\n"
