# One command for everything; `make help` lists them.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
VENV := $(or $(TOLLGATE_VENV),.venv)
PYTHON := $(VENV)/bin/python
# The first Python on the path that is new enough makes the virtual environment.
HOST_PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$name >/dev/null 2>&1 && \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	echo $$name && break; done)

.DEFAULT_GOAL := help
.PHONY: help demo serve test check check-external e2e fuzz kill soak quarter bench requirements assets messages clean \
	runtime development

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

demo: runtime ## Start everything with the demo portfolio; Ctrl-C stops it (PORT, TOLLGATE_HOME, DEMO_PASSWORD)
	@exec $(PYTHON) -m local.launcher demo

serve: runtime ## Start everything without loading demo data
	@exec $(PYTHON) -m local.launcher serve

test: development ## Run the tests, with their own database
	@exec $(PYTHON) -m pytest -n 2 -m "not slow and not e2e" $(ARGS)

check: development ## Format, lint, types, walls, templates, migrations, deploy check, tests
	@exec $(PYTHON) -m local.check

check-external: development ## The tests on your servers (DATABASE_URL, MIGRATOR_DATABASE_URL, REDIS_URL)
	@exec $(PYTHON) -m local.check external

e2e: development ## The browser journeys and the slow process tests
	@$(PYTHON) -m local.assets
	@exec $(PYTHON) -m pytest -m "slow or e2e" $(ARGS)

fuzz: development ## Twenty generated cases for each operation of the API
	@exec $(PYTHON) -m pytest -n 2 -m slow tests/fuzz $(ARGS)

kill: development ## Two minutes of kill -9 over everything while writing (KILL_SECONDS, KILL_PAUSE, KILL_SEED)
	@KILL_SECONDS=$${KILL_SECONDS:-120} exec $(PYTHON) -m pytest -q -m slow tests/campaigns/test_kill.py $(ARGS)

soak: development ## Two minutes of eight writers while workers are killed; ends with verify_rollups (SOAK_SECONDS)
	@SOAK_SECONDS=$${SOAK_SECONDS:-120} exec $(PYTHON) -m pytest -q -m slow tests/campaigns/test_soak.py $(ARGS)

quarter: development ## A quarter of 500 measures with careless owners, and its story week by week
	@exec $(PYTHON) -m pytest -q -m slow tests/reporting/test_quarter.py $(ARGS)

bench: development ## Ratios against bare SQL (SIZES="1000 10000", SECONDS, ONLY, SEED, WRITE=1, KEEP=1)
	@exec $(PYTHON) -m tests.bench

assets: runtime ## Build the front-end files if their sources changed
	@exec $(PYTHON) -m local.assets

messages: development ## Bring new texts into the translations and compile them
	@exec $(PYTHON) -m local.messages update

requirements: development ## Compile the hashed lock files from pyproject.toml
	@exec $(PYTHON) -m local.requirements

clean: ## Remove what was built; data in TOLLGATE_HOME stays
	@rm -rf $(VENV) node_modules assets/dist static .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime: host-python
	@$(HOST_PYTHON) -m local.environment embedded

development: host-python
	@$(HOST_PYTHON) -m local.environment dev

.PHONY: host-python
host-python:
	@test -n "$(HOST_PYTHON)" || { echo "Tollgate needs Python 3.11 or newer."; exit 1; }
