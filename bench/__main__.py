"""python -m bench [JOB] [--n COUNT] [--runs RUNS]: time our code beside a floor, in the same run."""

import argparse
import asyncio
import os

from bench.events import events
from bench.measure import header

JOBS = {"events": events}
_FULL, _SMALL = 20_000, 2_000


def main() -> None:
    """Run one job, or all of them; BENCH_SCALE=small for a quick look."""
    parser = argparse.ArgumentParser(description="Time our code beside a floor.")
    parser.add_argument("job", choices=JOBS, nargs="?")
    parser.add_argument("--n", type=int, default=_SMALL if os.environ.get("BENCH_SCALE") == "small" else _FULL)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    print(header())
    for name, job in JOBS.items():
        if chosen.job in (None, name):
            asyncio.run(job(chosen.n, chosen.runs))


if __name__ == "__main__":
    main()
