"""Time our code beside a floor, in the same run: python -m bench [JOB] [--n COUNT] [--runs RUNS] [--gate]."""

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path

import uvloop

from bench.distribution import distribution
from bench.events import events
from bench.expansion import expansion
from bench.gateway import gateway_overhead
from bench.invoice_run import invoice_run
from bench.lists import lists
from bench.matching import matching
from bench.measure import VERDICTS, header
from bench.peers.job import peers
from bench.reads import run_beside_reads
from bench.results import record
from bench.rotation import rotation
from bench.spot_detail import spot_detail
from bench.writes import writes
from shared.runtime.garbage import collect_rarely
from tests.ways import KINDS, reach

JOBS = {
    "invoice_run": invoice_run,
    "events": events,
    "writes": writes,
    "gateway": gateway_overhead,
    "lists": lists,
    "distribution": distribution,
    "matching": matching,
    "rotation": rotation,
    "expansion": expansion,
    "spot_detail": spot_detail,
    "run_beside_reads": run_beside_reads,
    "peers": peers,
}
_FULL, _SMALL = 20_000, 2_000
_RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Run one job, or all of them; BENCH_SCALE=small for a quick look."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Time our code beside a floor.")
    parser.add_argument("job", choices=JOBS, nargs="?", help="one job; all of them when left out")
    parser.add_argument("--n", type=int, default=_SMALL if os.environ.get("BENCH_SCALE") == "small" else _FULL)
    parser.add_argument("--runs", type=int, default=3, help="turns of floor and candidate")
    parser.add_argument("--gate", action="store_true", help="exit 1 when not even the best turn reached a goal")
    parser.add_argument("--record", action="store_true", help="write the figures to bench/results/, under today's date")
    chosen = parser.parse_args()
    with ExitStack() as started:
        # As the tests find them; each job makes databases and queues named bench_* and drops them again.
        for kind in KINDS.values():
            os.environ[kind.variable] = reach(kind, started)
        taken_on = header()
        print(taken_on, flush=True)
        collect_rarely()  # as every process of the suite does once it is loaded
        for name, job in JOBS.items():
            if chosen.job in (None, name):
                uvloop.run(job(chosen.n, chosen.runs))
    if chosen.record:
        print(record(_RESULTS, taken_on, chosen.n, VERDICTS))
    return int(chosen.gate and any(found.missed_beyond_spread for found in VERDICTS))


if __name__ == "__main__":
    sys.exit(main())
