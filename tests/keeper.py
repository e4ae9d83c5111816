"""Keeps one server for all processes of a test run: the first that asks has it started, the last that leaves ends it.

`python -m tests.keeper KIND FOLDER` is a process of its own, so that a killed test process leaves no server behind:
whoever uses the server holds a lock on a file, and the kernel lets go of it when the process ends, however it ends.
"""

import fcntl
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.ways import KINDS, ROOT, Kind, NoServer, reach

_START_SECONDS, _STOP_SECONDS = 300, 60


@contextmanager
def kept(kind: Kind, folder: Path) -> Iterator[str]:
    """The address of the server that all users of this folder share; it runs at least until the block ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keeper = None
    with (folder / "users").open("a") as users:
        with _locked(folder / "door"):
            fcntl.flock(users, fcntl.LOCK_SH)
            if not (folder / "address").exists():
                keeper = _started(kind, folder)
        yield (folder / "address").read_text()
    if keeper:
        keeper.wait(_STOP_SECONDS)


def _started(kind: Kind, folder: Path) -> "subprocess.Popen[bytes]":
    """A keeper whose server answers; it outlives this process as long as others use the server."""
    with (folder / "log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.keeper", kind.name, str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not (folder / "address").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.kill()
            keeper.wait()
            failed = folder / "failed"
            raise NoServer((failed if failed.exists() else folder / "log").read_text())
        time.sleep(0.05)
    return keeper


def keep(kind: Kind, folder: Path) -> int:
    """Run a server until nobody uses the folder any more; the exit code."""
    with ExitStack() as started:
        try:
            address = reach(kind, started)
        except NoServer as none:
            (folder / "failed").write_text(str(none))
            return 1
        written = folder / "address.new"
        written.touch(mode=0o600)
        written.write_text(address)
        written.rename(folder / "address")
        while not _deserted(folder):
            time.sleep(0.2)
    return 0


def _deserted(folder: Path) -> bool:
    """Whether nobody uses the server any more; then nobody will find it either."""
    with _locked(folder / "door"), (folder / "users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        (folder / "address").unlink()
        return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(keep(KINDS[sys.argv[1]], Path(sys.argv[2])))
