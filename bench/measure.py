"""Timing: floor and candidate in turn, medians, and a header that says on what."""

import os
import platform
import statistics
import time
from collections.abc import Awaitable, Callable

Job = Callable[[], Awaitable[float]]


def header() -> str:
    """What the figures were taken on."""
    return f"python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


async def compare(name: str, floor: Job, candidate: Job, *, runs: int, goal: float) -> float:
    """Run both in turn, A B A B; print the ratio of the median rates and whether the goal is met."""
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        rates[0].append(await floor())
        rates[1].append(await candidate())
    floor_rate, rate = map(statistics.median, rates)
    ratio = rate / floor_rate
    shown = ", ".join(f"{min(each):.0f}..{max(each):.0f}/s" for each in rates)
    print(
        f"{name}: {ratio:.2f} of the floor (goal {goal}), {'met' if ratio >= goal else 'MISSED'}; {shown}", flush=True
    )
    return ratio


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def rate(self, count: int) -> float:
        """How many a second."""
        return count / (time.perf_counter() - self._start)
