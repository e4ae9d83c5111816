"""python -m bench JOB --n COUNT --runs RUNS"""

import argparse
import asyncio

from bench.events import events
from bench.measure import header

JOBS = {"events": events}


def main() -> None:
    """Run one job."""
    parser = argparse.ArgumentParser(description="Time our code beside a floor.")
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--n", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    print(header())
    asyncio.run(JOBS[chosen.job](chosen.n, chosen.runs))


if __name__ == "__main__":
    main()
