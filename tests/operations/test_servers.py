"""How tests come to their servers: the order of the ways, one server for a whole run, and nobody else's is ended."""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests import ways
from tests.keeper import keep, kept
from tests.ways import BROKER, KINDS, POSTGRES, ROOT, Kind, NoServer, image_of, reach

_VARIABLE = "MB_TEST_NOTHING_URL"


def _kind(tried: list[str], *working: str) -> Kind:
    """A made-up kind of server of which only these ways work."""

    def way(name: str) -> Any:
        @contextmanager
        def start() -> Iterator[str]:
            tried.append(name)
            if name not in working:
                raise OSError(f"no {name} today")
            yield f"by {name}"
            tried.append(f"{name} ended")

        return start

    return Kind("nothing", "Nothing", _VARIABLE, "nothing://host", "nothing", way("container"), way("private"))


def _reached(kind: Kind) -> str:
    with ExitStack() as started:
        return reach(kind, started)


def test_a_named_server_comes_first_and_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setenv(_VARIABLE, "nothing://elsewhere")
    assert _reached(_kind(tried, "container", "private")) == "nothing://elsewhere"
    assert tried == []


def test_a_container_comes_before_a_private_server_and_is_ended() -> None:
    tried: list[str] = []
    assert _reached(_kind(tried, "container", "private")) == "by container"
    assert tried == ["container", "container ended"]


def test_without_a_docker_engine_a_private_server_is_started() -> None:
    tried: list[str] = []
    assert _reached(_kind(tried, "private")) == "by private"
    assert tried == ["container", "private", "private ended"]


def test_with_no_way_left_all_three_are_named_with_what_went_wrong() -> None:
    with pytest.raises(NoServer) as none:
        _reached(_kind([]))
    text = str(none.value)
    assert f"1. name a running server:  {_VARIABLE}=nothing://host" in text
    assert "2. start a Docker engine" in text
    assert "3. install the programs:   nothing" in text
    assert "no container today" in text
    assert "no private today" in text


def test_every_kind_has_a_variable_an_image_and_programs() -> None:
    assert {kind.variable for kind in KINDS.values()} == {"MB_TEST_POSTGRES_URL", "MB_TEST_BROKER_URL"}
    assert image_of("postgres").startswith("postgres:")
    assert image_of("rabbitmq").startswith("rabbitmq:")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_docker_engine_that_does_not_answer_is_no_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    for kind in (POSTGRES, BROKER):
        with pytest.raises(Exception, match=r"[Cc]onnect|No such file"), kind.in_container():
            pass
    gc.collect()  # the client leaves its socket open when it fails


@pytest.mark.parametrize(("kind", "port"), [(POSTGRES, 5432), (BROKER, 5672)])
def test_a_container_runs_the_image_of_compose_and_is_stopped(
    kind: Kind, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from testcontainers.core.container import DockerContainer

    seen: list[Any] = []
    monkeypatch.setattr(ways, "docker_answers", lambda: None)
    monkeypatch.setattr("testcontainers.core.container.DockerClient", lambda **_: None)
    monkeypatch.setattr(DockerContainer, "start", lambda self: seen.append((self.image, dict(self.ports), self.env)))
    monkeypatch.setattr(DockerContainer, "stop", lambda self: seen.append("stopped"))
    monkeypatch.setattr(DockerContainer, "get_container_host_ip", lambda self: "engine")
    monkeypatch.setattr(DockerContainer, "get_exposed_port", lambda self, inner: inner + 10_000)
    with kind.in_container() as url:
        assert f"@engine:{port + 10_000}/" in url
        assert seen[0][0] == image_of(kind.name)
        assert list(seen[0][1]) == [str(port)]
        assert next(value for name, value in seen[0][2].items() if "PASS" in name) in url
    assert seen[1:] == ["stopped"]


_USER = """
import sys
from pathlib import Path
from tests.keeper import kept
from tests.ways import POSTGRES
with kept(POSTGRES, Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def _user(folder: Path) -> "subprocess.Popen[str]":
    """Another test process of the same run, which goes on until its standard input ends."""
    environment = {name: value for name, value in os.environ.items() if name != POSTGRES.variable}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-c", _USER, str(folder)],
        cwd=ROOT,
        env=environment,
        text=True,
        **pipes,  # type: ignore[call-overload]
    )


def _address(user: "subprocess.Popen[str]") -> str:
    assert user.stdout
    return user.stdout.readline().strip()


def _left(user: "subprocess.Popen[str]") -> None:
    user.communicate(timeout=60)


async def _answers(url: str) -> bool:
    try:
        await (await asyncpg.connect(url, timeout=5)).close()
    except (OSError, asyncpg.PostgresError):
        return False
    return True


@pytest.mark.servers
async def test_one_server_serves_a_whole_run_and_ends_with_its_last_process(tmp_path: Path) -> None:
    first, second, killed = (_user(tmp_path / "run") for _ in range(3))
    other = _user(tmp_path / "another run")
    url = _address(first)
    assert (_address(second), _address(killed)) == (url, url)
    assert _address(other) != url
    killed.kill()
    killed.communicate()
    # Whoever had it started waits for the end; it is not for him to end it.
    leaving = [asyncio.create_task(asyncio.to_thread(_left, first))]
    await asyncio.sleep(1)
    assert await _answers(url)
    leaving.append(asyncio.create_task(asyncio.to_thread(_left, second)))
    await asyncio.gather(*leaving)
    async with asyncio.timeout(30):
        while await _answers(url):
            await asyncio.sleep(0.1)
    assert await _answers_other(other, tmp_path)


async def _answers_other(other: "subprocess.Popen[str]", tmp_path: Path) -> bool:
    answers = await _answers((tmp_path / "another run" / "address").read_text())
    await asyncio.to_thread(_left, other)
    return answers


def test_a_keeper_without_a_server_says_why(tmp_path: Path) -> None:
    assert keep(_kind([]), tmp_path) == 1
    assert "There are three ways" in (tmp_path / "failed").read_text()


def test_whoever_asks_a_keeper_that_fails_hears_why(tmp_path: Path) -> None:
    with pytest.raises(NoServer, match="KeyError: 'nothing'"), kept(_kind([]), tmp_path / "run"):
        pass
