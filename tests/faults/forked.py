"""Workers forked from a process that has the suite loaded: a test can kill dozens of them and not wait for each."""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import uvloop

from deploy.registry import DATABASE_SERVICES, settings_of
from deploy.workers import jobs_of, ticks_of, topology, work
from services.invoicing.application import weigh_block

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])
# Services are imported when they are first asked for: here, rather than in each fork.
_LOADED = topology(), [(jobs_of(service), ticks_of(service)) for service in DATABASE_SERVICES]


class ForkedWorker:
    """`mb work SERVICE` in a process of its own, whose invoice runs have blocks of one client each."""

    def __init__(self, service: str, environment: Mapping[str, str], log: Path) -> None:
        self._process = _PROCESSES.Process(target=_work, args=(service, dict(environment), str(log)), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid
        return self._process.pid

    def died(self, seconds: float) -> bool:
        """Whether it is killed by a failpoint within so many seconds."""
        self._process.join(seconds)
        assert self._process.exitcode in (None, -signal.SIGKILL), "it ended by itself"
        return self._process.exitcode is not None

    def kill(self) -> None:
        """SIGKILL: the process gets to finish nothing."""
        self._process.kill()
        self._process.join()


def _work(service: str, environment: dict[str, str], log: str) -> None:
    with open(log, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(environment)
    weigh_block.BLOCK_ITEMS = 1
    uvloop.run(work(service, settings_of(service)))
