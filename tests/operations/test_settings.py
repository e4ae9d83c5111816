"""Settings: the service's own variable before the common one, files for secrets, passwords apart from addresses."""

from pathlib import Path

import pytest

from services.contracts.settings import ContractsSettings

_URL = "postgresql://mb_contracts_app@postgres:5432/mb_contracts"


def _made() -> ContractsSettings:
    return ContractsSettings()  # type: ignore[call-arg]


@pytest.fixture(autouse=True)
def _database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MB_CONTRACTS_DATABASE_URL", _URL)


def test_the_services_own_variable_wins_over_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MB_POOL_SIZE", "3")
    assert _made().pool_size == 3
    monkeypatch.setenv("MB_CONTRACTS_POOL_SIZE", "7")
    assert _made().pool_size == 7


def test_a_password_comes_from_a_file_and_joins_its_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("p@ss/word\n")
    monkeypatch.setenv("MB_CONTRACTS_DATABASE_PASSWORD_FILE", str(secret))
    joined = "postgresql://mb_contracts_app:p%40ss%2Fword@postgres:5432/mb_contracts"
    assert _made().database_url.get_secret_value() == joined


def test_a_url_that_has_a_password_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MB_BROKER_URL", "amqp://mb:own@rabbitmq:5672/")
    monkeypatch.setenv("MB_BROKER_PASSWORD", "other")
    assert _made().broker_url.get_secret_value() == "amqp://mb:own@rabbitmq:5672/"


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MB_CONTRACTS_DATABASE_PASSWORD", "hunter2")
    assert "hunter2" not in repr(_made())
