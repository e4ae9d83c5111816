"""Workers forked from a process that has the suite loaded: a test can kill dozens of them and not wait for each."""

import multiprocessing
import os
from collections.abc import Mapping
from pathlib import Path

import uvloop

from deploy.registry import settings_of
from deploy.workers import work
from services.invoicing.application import weigh_block

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


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
