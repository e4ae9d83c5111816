"""A private RabbitMQ node on free loopback ports, from installed programs; Debian's package is installed when root."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.embedded import process

_PACKAGED = Path("/usr/lib/rabbitmq/bin")
_NEEDS_A_BROKER = """\
No RabbitMQ found. There are three ways to get one:
  1. name a running server:   MB_TEST_BROKER_URL=amqp://user:password@host:5672/vhost
  2. start a Docker engine:   a container is started from it
  3. install the programs:    apt-get install rabbitmq-server (done by itself when root)"""


class RabbitServer:
    """A RabbitMQ node with a name service, cookie, data and logs of its own; use it in a `with` block or close it."""

    def __init__(self, directory: Path | None = None) -> None:
        self._own_directory = directory is None
        self._directory = directory.resolve() if directory else process.private_directory()
        self._port, self._dist_port, self._names_port = (process.free_port() for _ in range(3))
        self._node: process.Process | None = None
        self._names: process.Process | None = None

    @property
    def url(self) -> str:
        """The address of the virtual host `/`; it stays the same over `kill()` and `start()`."""
        return self.url_of("/")

    def url_of(self, vhost: str) -> str:
        """The address of a virtual host."""
        password = process.stored_secret(self._directory / "password")
        return f"amqp://mediabilling:{password}@127.0.0.1:{self._port}/{'' if vhost == '/' else vhost}"

    def start(self) -> None:
        """Start on the data that is there, or as a blank node; returns when it speaks AMQP."""
        server = _program("rabbitmq-server")
        self._configure()
        environment = self._environment()
        log = self._directory / "log"
        if self._names is None:
            epmd = _program("epmd")
            self._names = process.Process(
                [epmd, "-port", str(self._names_port), "-address", "127.0.0.1"], environment, log
            )
            self._names.wait_until(lambda: _answers(self._names_port))
        self._node = process.Process([server], environment, log)
        self._node.wait_until(lambda: _speaks_amqp(self._port))

    def stop(self) -> None:
        """Orderly shutdown."""
        if self._node is not None:
            self._node.stop()

    def kill(self) -> None:
        """SIGKILL for the node, as a power cut would; `start()` recovers from what is on disk.

        Messages that were confirmed are on disk. The registry of quorum queues is not: the node writes it on a clean
        stop and every few minutes, and a queue it has forgotten never answers again. Whoever declares queues and then
        kills must `stop()` and `start()` once between the two.
        """
        if self._node is not None:
            self._node.kill()
            _wait_until_free(self._port, self._dist_port)

    def close(self) -> None:
        """Stop the node and its name service; remove the data unless the caller chose where it lives."""
        self.stop()
        if self._names is not None:
            self._names.stop()
            self._names = None
        if self._own_directory:
            process.remove(self._directory)

    def add_vhost(self, name: str) -> str:
        """Create a virtual host and return its address."""
        self.control("add_vhost", name)
        self.control("set_permissions", "-p", name, "mediabilling", ".*", ".*", ".*")
        return self.url_of(name)

    def control(self, *command: str) -> str:
        """Run a `rabbitmqctl` command on the node and return what it printed."""
        return process.run([_program("rabbitmqctl"), "--quiet", *command], self._environment())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _configure(self) -> None:
        settings = {
            "listeners.tcp.private": f"127.0.0.1:{self._port}",
            "default_user": "mediabilling",
            "default_pass": process.stored_secret(self._directory / "password"),
            "disk_free_limit.absolute": "50MB",
            "raft.wal_max_size_bytes": "33554432",
        }
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        for name, text in {"rabbitmq.conf": "".join(lines), "enabled_plugins": "[].\n", "env.conf": ""}.items():
            path = self._directory / name
            path.write_text(text)
            process.give_to_servers(path)

    def _environment(self) -> dict[str, str]:
        here = self._directory
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "LC_ALL": "C.UTF-8",
            "HOME": str(here),
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "mediabilling@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONF_ENV_FILE": str(here / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_LOG_BASE": str(here / "logs"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(here / "config"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
            # Erlang would listen on every address for other nodes
            "RABBITMQ_SERVER_START_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }


def _program(name: str) -> Path:
    """An installed program; Debian's own wrappers on the PATH refuse to run private nodes, so they come last."""
    for _ in ("found", "installed"):
        if (_PACKAGED / name).exists():
            return _PACKAGED / name
        if found := shutil.which(name):
            return Path(found)
        _install()
    raise process.ServerFailed(_NEEDS_A_BROKER)


def _install() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise process.ServerFailed(_NEEDS_A_BROKER)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "rabbitmq-server"]):
        done = subprocess.run(["apt-get", "-q", *command], env=environment, check=False, capture_output=True, text=True)
        if done.returncode:
            raise process.ServerFailed(f"{_NEEDS_A_BROKER}\napt-get {command[0]} failed:\n{done.stderr[-1000:]}")


def _wait_until_free(*ports: int) -> None:
    """The Erlang node dies slightly after the shell that started it, and the next one needs its ports."""
    deadline = time.monotonic() + process.STOP_SECONDS
    while any(_answers(port) for port in ports):
        if time.monotonic() > deadline:
            raise process.ServerFailed("the killed RabbitMQ node still listens")
        time.sleep(0.02)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _speaks_amqp(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as door:
            door.sendall(b"AMQP\x00\x00\x09\x01")
            return door.recv(1) == b"\x01"
    except OSError:
        return False
