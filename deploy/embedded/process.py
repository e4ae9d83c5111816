"""Private server processes on loopback: a free port, a directory of their own, and never with root's rights."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

START_SECONDS = 90
STOP_SECONDS = 30


class ServerFailed(RuntimeError):
    """A private server did not start; the message ends with the last lines of its log."""


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def account() -> pwd.struct_passwd | None:
    """Whom the servers run as when we are root, which PostgreSQL refuses to be; None keeps the present user."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def private_directory() -> Path:
    """A new directory that only the servers' account (and root) can enter."""
    path = Path(tempfile.mkdtemp(prefix="mediabilling-"))
    give_to_servers(path)
    return path


def give_to_servers(path: Path) -> None:
    """Make the servers' account the owner of a file or directory of ours."""
    if (owner := account()) is not None:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def reachable(path: Path) -> bool:
    """Whether the servers' account can read and enter a path, all its parents included."""
    return subprocess.run(["test", "-r", path, "-a", "-x", path], check=False, **_rights()).returncode == 0


def stored_secret(path: Path) -> str:
    """The secret a file holds; a new random one is written where there is no such file yet."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
        give_to_servers(path)
    return path.read_text()


def run(command: Sequence[str | Path], environment: Mapping[str, str]) -> str:
    """Run a program of a server to its end and return what it printed; `ServerFailed` when it fails."""
    done = subprocess.run(
        command,
        check=False,
        env=environment,
        cwd="/",
        text=True,
        capture_output=True,
        timeout=START_SECONDS,
        **_rights(),
    )
    if done.returncode:
        raise ServerFailed(f"{command[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    printed: str = done.stdout
    return printed


class Process:
    """One long-running program in a process group of its own, its output in a log file."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._running = subprocess.Popen(
                command,
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **_rights(),
            )

    @property
    def pid(self) -> int:
        """The process id, which is its group's too."""
        return self._running.pid

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return as soon as `ready()`; `ServerFailed` when the program ends or 90 seconds pass before."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self._running.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise ServerFailed(f"a private server did not start:\n{self._log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """Ask the program to end, and end it by force when it has not after 30 seconds."""
        if self._running.poll() is None:
            self._running.send_signal(with_signal)
            try:
                self._running.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL for the program, its group and its children: nothing gets to say goodbye."""
        children = _children(self.pid)
        for group in [self.pid, *children]:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._running.wait()
        while any(_alive(child) for child in children):
            time.sleep(0.01)


def remove(directory: Path) -> None:
    """Delete a directory of ours with all that is in it."""
    shutil.rmtree(directory, ignore_errors=True)


def _children(pid: int) -> list[int]:
    """The direct children: PostgreSQL gives each backend a process group of its own."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _rights() -> dict[str, Any]:
    if (owner := account()) is None:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
