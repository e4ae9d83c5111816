"""Three ways to a server, in their order: named by a variable, in a container, private from installed programs."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.embedded.postgres import PostgresServer
from deploy.embedded.rabbitmq import RabbitServer

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 120
_PASSWORD = "only-for-tests"


class NoServer(RuntimeError):
    """None of the three ways led to a server; says which they are and why each did not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of server: the variable that names one, and how to start one."""

    name: str
    title: str
    variable: str
    example: str
    package: str
    in_container: Callable[[], AbstractContextManager[str]]
    private: Callable[[], AbstractContextManager[str]]


def reach(kind: Kind, started: ExitStack) -> str:
    """The address of a server of this kind; what is started for it ends with `started`. `NoServer` says all ways."""
    if url := os.environ.get(kind.variable):
        return url
    ways = (("container", kind.in_container), ("private", kind.private), ("private, again", kind.private))
    reasons = []
    for way, start in ways:
        try:
            return started.enter_context(start())
        except Exception as error:
            reasons.append(f"  {way}: {str(error) or repr(error)}")
    raise NoServer("\n".join([_three_ways(kind), "What was tried:", *reasons]))


def _three_ways(kind: Kind) -> str:
    return f"""\
No {kind.title} for the tests. There are three ways to get one:
  1. name a running server:  {kind.variable}={kind.example}
  2. start a Docker engine:  the image of docker-compose.yml is run in a container
  3. install the programs:   {kind.package}"""


def image_of(service: str) -> str:
    """The image that compose runs, so that tests run on the same."""
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    image: str = document["services"][service]["image"]
    return image


def docker_answers() -> None:
    """Raises unless a Docker engine answers."""
    import docker

    client = docker.DockerClient.from_env(timeout=3)
    try:
        client.ping()
    finally:
        client.close()


@contextmanager
def _container(service: str, port: int, environment: dict[str, str], ready: list[str], *command: str) -> Iterator[str]:
    """Host and port of a service in a container of its own."""
    docker_answers()
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import ExecWaitStrategy

    container: Any = DockerContainer(image_of(service)).with_envs(**environment).with_exposed_ports(port)
    if command:
        container.with_command(list(command))
    try:
        container.waiting_for(ExecWaitStrategy(ready).with_startup_timeout(_START_SECONDS)).start()
        yield f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
    finally:
        container.stop()


@contextmanager
def _postgres_in_container() -> Iterator[str]:
    ready = ["pg_isready", "--username", "postgres", "--host", "127.0.0.1"]
    quick = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "max_connections=200")
    environment = {"POSTGRES_PASSWORD": _PASSWORD}
    with _container("postgres", 5432, environment, ready, "postgres", *quick) as address:
        yield f"postgresql://postgres:{_PASSWORD}@{address}/postgres"


@contextmanager
def _rabbit_in_container() -> Iterator[str]:
    ready = ["rabbitmq-diagnostics", "--quiet", "check_port_connectivity"]
    environment = {"RABBITMQ_DEFAULT_USER": "tests", "RABBITMQ_DEFAULT_PASS": _PASSWORD}
    with _container("rabbitmq", 5672, environment, ready) as address:
        yield f"amqp://tests:{_PASSWORD}@{address}/"


@contextmanager
def _private_postgres() -> Iterator[str]:
    with PostgresServer(durable=False) as server:
        yield server.url


@contextmanager
def _private_rabbit() -> Iterator[str]:
    with RabbitServer() as server:
        yield server.url


POSTGRES = Kind(
    "postgres",
    "PostgreSQL",
    "MB_TEST_POSTGRES_URL",
    "postgresql://postgres:password@host:5432/postgres",
    "the extra `embedded`, which requirements.lock holds",
    _postgres_in_container,
    _private_postgres,
)
BROKER = Kind(
    "rabbitmq",
    "RabbitMQ",
    "MB_TEST_BROKER_URL",
    "amqp://user:password@host:5672/vhost",
    "apt-get install rabbitmq-server (done by itself when root)",
    _rabbit_in_container,
    _private_rabbit,
)
KINDS = {kind.name: kind for kind in (POSTGRES, BROKER)}
