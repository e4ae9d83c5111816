"""The house's own rules: sizes, words, rule ids, permissions, generated files."""

import ast
import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from deploy.registry import DATABASE_SERVICES
from deploy.schemas import generated
from services.gateway.roles import PERMISSIONS
from shared.runtime.http import Door

ROOT = Path(__file__).resolve().parents[2]
_LINES_MAX, _FUNCTION_LINES_MAX, _DECISION_LINES_MAX = 400, 60, 30
_UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error|pytest\.sk" r"ip|mark\.xf" r"ail)\b")
_MACHINE = re.compile(r"(?<![\w.])/(wor" r"k|roo" r"t|home/\w+)/")
_HOSTS = re.compile(r"pypi\.or" r"g|pythonhosted\.or" r"g|registry\.npmj" r"s")
_RULE = re.compile(r"(?:MA|CB|PI|CT|CS)-[A-Z]{3}-\d{2,3}")


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


PYTHON = _tracked("*.py")


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_idea_of_readable_length(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    migration = "migrations/versions" in path.as_posix()
    tests = path.is_relative_to(ROOT / "tests")
    speaker = path.parent == ROOT / "shared" / "events"  # one file a speaker, however much it tells
    assert migration or speaker or len(text.splitlines()) <= _LINES_MAX, "split it by billing idea"
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or not tree.body, "say in a sentence what the module is"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not tests:
            assert (node.end_lineno or 0) - node.lineno < _FUNCTION_LINES_MAX, f"{node.name} is too long"
    assert not _UNFINISHED.search(text)


def test_no_tracked_file_names_a_machine_or_a_package_host() -> None:
    texts = _tracked("*.py", "*.md", "*.toml", "*.yml", "*.yaml", "*.lock", "Makefile", ".ci/run", "*.typ", "*.json")
    found = [
        str(path.relative_to(ROOT))
        for path in texts
        if _MACHINE.search(text := path.read_text(encoding="utf-8")) or _HOSTS.search(text)
    ]
    assert found == []


def test_every_locked_dependency_has_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][\w.-]*==\S+.*$", lock, re.MULTILINE)
    assert pins
    assert all(pin.endswith("\\") for pin in pins)
    assert lock.count("--hash=sha256:") >= len(pins)


def test_every_rule_a_test_names_exists() -> None:
    catalogue = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "domain").glob("*.md"))
    known = set(_RULE.findall(catalogue))
    named: set[str] = set()
    for path in PYTHON:
        if path.is_relative_to(ROOT / "tests"):
            marks = re.findall(r"mark\.rule\(([^)]*)\)", path.read_text(encoding="utf-8"))
            named |= {rule for mark in marks for rule in _RULE.findall(mark)}
    assert named
    assert named - known == set()


def test_decision_records_are_short() -> None:
    records = list((ROOT / "docs" / "decisions").glob("*.md"))
    assert records
    assert [one.name for one in records if len(one.read_text("utf-8").splitlines()) > _DECISION_LINES_MAX] == []


@pytest.mark.parametrize("service", DATABASE_SERVICES)
def test_the_operator_may_use_every_route(service: str) -> None:
    routers = import_module(f"services.{service}.main").SERVICE.routers
    doors = [route for router in routers for route in router.routes if isinstance(route, Door)]
    assert doors
    assert {door.access.permission for door in doors} - PERMISSIONS["operator"] == set()


def test_generated_files_are_those_the_code_generates() -> None:
    stale = [
        str(path.relative_to(ROOT))
        for path, content in generated().items()
        if not path.exists() or path.read_bytes() != content
    ]
    assert stale == [], "run `make schemas`"
