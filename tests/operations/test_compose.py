"""docker-compose.yml and the Dockerfile name settings, commands, paths and packages that exist."""

import re
import tomllib
from typing import Any

import pytest
import typer.main

from deploy.cli import app
from deploy.registry import DATABASE_SERVICES, settings_of
from deploy.settings import AdminSettings
from tests.operations.compose import ROOT, SERVERS, Missing, compose, example, processes

ALL = DATABASE_SERVICES
DOCUMENT = compose(example("secret"))
PROCESSES = processes(DOCUMENT)


def _fields(service: str) -> dict[str, type]:
    """Every variable that the settings of a service read, without `_FILE`."""
    fields = type(settings_of(service, **_GIVEN)).model_fields
    return {f"{prefix}{name.upper()}": str for name in fields for prefix in ("MB_", f"MB_{service.upper()}_")}


_GIVEN = {"database_url": "postgresql://nobody@127.0.0.1/none"}


def _read(process: dict[str, Any]) -> set[str]:
    """What a process may be told."""
    command, *services = process["command"]
    known: set[str] = set()
    for service in services or ALL:
        known |= set(_fields(service))
    if command == "provision":
        known |= {f"MB_{name.upper()}" for name in AdminSettings.model_fields}
    return known


def test_every_service_of_the_suite_has_an_api_and_a_worker() -> None:
    expected = {*SERVERS, "provision", "migrate", "gateway", *ALL, *(f"{service}-worker" for service in ALL)}
    assert set(DOCUMENT["services"]) == expected
    for service in ALL:
        assert PROCESSES[service]["command"] == ["serve", service]
        assert PROCESSES[f"{service}-worker"]["command"] == ["work", service]


@pytest.mark.parametrize("name", PROCESSES)
def test_every_variable_is_a_setting_of_its_process(name: str) -> None:
    told = {variable.removesuffix("_FILE") for variable in PROCESSES[name]["environment"]}
    assert told - _read(PROCESSES[name]) == set()


@pytest.mark.parametrize("name", PROCESSES)
def test_every_command_is_one_that_mb_understands(name: str) -> None:
    group = typer.main.get_command(app)
    with group.make_context("mb", list(PROCESSES[name]["command"])) as context:
        words = [*context._protected_args, *context.args]
        chosen, command, rest = group.resolve_command(context, words)  # type: ignore[attr-defined]
        command.make_context(chosen, rest, parent=context)


@pytest.mark.parametrize("name", PROCESSES)
def test_every_secret_file_is_a_secret_of_its_process(name: str) -> None:
    files = {value for key, value in PROCESSES[name]["environment"].items() if key.endswith("_FILE")}
    assert files == {f"/run/secrets/{secret}" for secret in PROCESSES[name].get("secrets", [])}
    assert {*PROCESSES[name].get("secrets", [])} <= set(DOCUMENT["secrets"])


def test_no_process_but_provision_and_migrate_knows_an_owner() -> None:
    knowing = {name for name, process in PROCESSES.items() if "owner" in " ".join(process.get("secrets", []))}
    assert knowing == {"provision", "migrate"}
    assert [name for name, one in DOCUMENT["services"].items() if "postgres_password" in one.get("secrets", [])] == [
        "postgres",
        "provision",
    ]


def test_a_service_knows_no_database_but_its_own() -> None:
    for service in ALL:
        for name in (service, f"{service}-worker"):
            told = str(PROCESSES[name]["environment"]) + str(PROCESSES[name]["secrets"])
            assert not [other for other in ALL if other != service and other in told]


def test_every_password_must_be_given() -> None:
    environment = example("secret")
    secrets = [source["environment"] for source in DOCUMENT["secrets"].values()]
    assert sorted(name for name in environment if name.endswith("_PASSWORD")) == sorted(secrets)
    for name in secrets:
        with pytest.raises(Missing, match=name):
            compose({**environment, name: ""})


def test_processes_wait_for_what_they_need() -> None:
    services = DOCUMENT["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            condition = how["condition"]
            once = needed in ("provision", "migrate")
            assert condition == ("service_completed_successfully" if once else "service_healthy"), (name, needed)
            assert once or "healthcheck" in services[needed]

    def all_before(name: str) -> set[str]:
        needed = set(services[name].get("depends_on", {}))
        return needed.union(*(all_before(one) for one in needed))

    for name in (*ALL, *(f"{service}-worker" for service in ALL)):
        assert all_before(name) == {"postgres", "rabbitmq", "provision", "migrate"}
    assert all_before("gateway") == {"postgres", "rabbitmq", "provision", "migrate", *ALL}


@pytest.mark.parametrize("name", [name for name in PROCESSES if name not in ("provision", "migrate")])
def test_a_health_check_asks_a_port_its_process_listens_on(name: str) -> None:
    environment = PROCESSES[name]["environment"]
    (url,) = re.findall(r"http://[^']+", PROCESSES[name]["healthcheck"]["test"][-1])
    ready = f"http://127.0.0.1:{environment['MB_PORT']}/readyz"
    alive = f"http://127.0.0.1:{environment['MB_METRICS_PORT']}/metrics"
    assert url == (alive if name.endswith("-worker") else ready)


def test_the_gateway_alone_is_reached_from_outside() -> None:
    assert [name for name, service in DOCUMENT["services"].items() if "ports" in service] == ["gateway"]
    assert DOCUMENT["services"]["gateway"]["ports"] == ["127.0.0.1:8080:8000"]


def test_the_gateway_finds_the_services_by_their_compose_names() -> None:
    environment = PROCESSES["gateway"]["environment"]
    urls = {environment[f"MB_GATEWAY_{service.upper()}_URL"] for service in ALL}
    assert urls == {f"http://{service}:{PROCESSES[service]['environment']['MB_PORT']}" for service in ALL}


def test_the_image_holds_the_packages_of_the_distribution_and_runs_mb() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    final = dockerfile.rpartition("\nFROM ")[2]
    copied = re.findall(r"^COPY (\S+) (\S+)$", final, re.MULTILINE)
    assert {source for source, _ in copied} == packages
    assert all(source == target and (ROOT / source / "__init__.py").exists() for source, target in copied)
    assert 'ENTRYPOINT ["python", "-m", "deploy"]' in final
    assert re.search(r"^USER [1-9]\d*$", final, re.MULTILINE)
    assert "--require-hashes" in dockerfile
    assert "HEALTHCHECK" not in dockerfile


def test_the_build_context_holds_what_the_dockerfile_copies() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    sources = [
        word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE) for word in line.split()
    ]
    assert sorted(sources) == sorted(allowed)
