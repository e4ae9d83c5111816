"""Timing: floor and candidate in turn, medians, verdicts, and a header that says on what."""

import os
import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

Job = Callable[[], Awaitable[float]]


def header() -> str:
    """What the figures were taken on."""
    return f"python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


class Compared(NamedTuple):
    """Median rates of both sides, in items a second."""

    floor: float
    ours: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure beside its goal; `best` is the best single turn, which tells a miss from a bad moment."""

    name: str
    figure: float
    goal: float
    at_most: bool
    best: float
    floor: float | None
    ours: float | None
    remark: str

    @property
    def met(self) -> bool:
        """Whether the figure reaches its goal."""
        return self._reaches(self.figure)

    @property
    def missed_beyond_spread(self) -> bool:
        """Whether not even the best turn reached it."""
        return not self.met and not self._reaches(self.best)

    def as_row(self) -> dict[str, Any]:
        """For the results' file."""
        return {**asdict(self), "met": self.met}

    def __str__(self) -> str:
        sides = f"{self.ours:.0f}/s beside {self.floor:.0f}/s, " if self.ours and self.floor else ""
        goal = f"goal {'≤' if self.at_most else '≥'} {self.goal:.3g}"
        return f"{self.name}: {sides}{self.figure:.2f} ({goal}), {'met' if self.met else 'MISSED'}; {self.remark}"

    def _reaches(self, figure: float) -> bool:
        return figure <= self.goal if self.at_most else figure >= self.goal


VERDICTS: list[Verdict] = []


async def compare(name: str, floor: Job, candidate: Job, *, runs: int, goal: float) -> Compared:
    """Run both in turn, A B A B; print the median of the ratios and whether the goal is met.

    Each turn stands beside its own floor: the load of a shared machine changes by the second.
    """
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        rates[0].append(await floor())
        rates[1].append(await candidate())
    ratios = [ours / beside for beside, ours in zip(*rates, strict=True)]
    compared = Compared(*map(statistics.median, rates))
    remark = f"{min(ratios):.2f}..{max(ratios):.2f} in {runs} turns"
    found = Verdict(name, statistics.median(ratios), goal, False, max(ratios), *compared, remark)
    _note(found)
    return compared


def verdict(name: str, figure: float, *, goal: float, at_most: bool = False, remark: str = "") -> None:
    """Print a figure beside its goal."""
    _note(Verdict(name, figure, goal, at_most, figure, None, None, remark))


def _note(found: Verdict) -> None:
    VERDICTS.append(found)
    print(found, flush=True)


def peak_mebibytes() -> float:
    """The most memory that this process has held; `getrusage` would count what its parent held before the start."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kibibytes = next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]
    return int(kibibytes) / 1024


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def rate(self, count: int) -> float:
        """How many a second."""
        return count / (time.perf_counter() - self._start)
