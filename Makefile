# The same commands for people, hooks and CI. Everything runs from the virtual environment in .venv.

PYTHON ?= python3
BIN := .venv/bin
MB := $(BIN)/python -m deploy
STAMP := .venv/installed
PYTEST := $(BIN)/python -m pytest

.PHONY: setup demo up test fast check bench bench-peers migrate schemas lock clean

setup: $(STAMP)

$(STAMP): requirements.lock
	$(PYTHON) -m venv .venv || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $(STAMP)

demo: setup ## a month end on example data and servers of its own
	$(MB) demo

up: setup ## the same, left running with links
	$(MB) up

test: setup ## the whole suite on real servers
	$(PYTEST) -n 2 tests

fast: setup ## the pure tests, in seconds
	$(PYTEST) -m "not servers" tests

check: setup ## what a commit must pass
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -q tests/house

bench: setup ## each speed goal beside its floor; BENCH_SCALE=small for a quick look
	$(BIN)/python -m bench

bench-peers: setup ## the same invoices in Tryton, installed apart from our environment at the first time
	$(BIN)/python -m bench.peers
	$(BIN)/python -m bench peers

migrate: setup ## bring the databases named by the environment to the newest schema
	$(MB) migrate

schemas: setup ## write the generated contracts: event schemas, AsyncAPI, OpenAPI
	$(MB) schemas

lock: ## resolve pyproject.toml anew into requirements.lock
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade -o requirements.lock

.env: ## what docker compose reads: .env.example with fresh passwords in the empty places
	umask 077; $(PYTHON) -c "import re, secrets; print(re.sub('(?m)=$$', lambda _: '=' + secrets.token_hex(24), open('.env.example').read()), end='')" > $@

clean:
	rm -rf .venv .local .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
