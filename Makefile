# The whole contributor interface. `make` alone lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run demo flask test test-browser check format bench faults lock clean python-here env-run env-dev

# The first Python from 3.11 on that can install something.
CAN_INSTALL := import sys, importlib.util as u; sys.exit(not (sys.version_info >= (3, 11) and (u.find_spec("pip") or u.find_spec("ensurepip"))))
ifndef PYTHON
PYTHON := $(shell for p in python3.11 python3 python; do "$$p" -c '$(CAN_INSTALL)' >/dev/null 2>&1 && { command -v "$$p"; break; }; done)
endif
IN_ENV := PATH="$(CURDIR)/.venv/bin:$$PATH"

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2 }' Makefile

run: env-run ## Start the whole stack here and print where it is (PORT, FLOWER_PORT, HAJA_DATA_DIR, .env)
	@exec .venv/bin/python -m launcher run --with-parent

demo: env-run ## Send real-looking requests to the running stack and watch them go through
	@exec .venv/bin/python -m launcher demo

flask: env-run ## A command of the running stack: make flask ARGS="reports send"
	@exec .venv/bin/python -m launcher exec flask --app web:create_app $(ARGS)

# Side by side, each process with servers of its own (see tests/conftest.py).
test: env-dev ## All tests, on a PostgreSQL and a Redis that they start themselves (ARGS="-k name")
	@$(IN_ENV) .venv/bin/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder $(ARGS)

test-browser: env-dev ## The pages in a real Chromium
	@$(IN_ENV) .venv/bin/python -m pytest -m browser $(ARGS)

check: env-dev ## Format, lint, types, imports, and whether the models match the migrations
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/python -m launcher check-migrations

format: env-dev ## Format the code and fix what the linter can fix
	@.venv/bin/ruff check --fix-only .
	@.venv/bin/ruff format .

bench: env-dev ## How fast it is against floors and other designs (ARGS=intake for one part)
	@$(IN_ENV) .venv/bin/python -m bench $(ARGS)

faults: env-dev ## The long fault storm: everything is killed, nothing is lost (SECONDS=120 SEED=1 STORMS=1)
	@$(IN_ENV) .venv/bin/python -m tests.faults.storm --seconds $(or $(SECONDS),120) --storms $(or $(STORMS),1) $(if $(SEED),--seed $(SEED)) $(ARGS)

lock: python-here ## Renew requirements/*.txt from setup.cfg (UPGRADE=1 takes the newest of everything)
	@"$(PYTHON)" -m tools.lock $(if $(UPGRADE),--upgrade)

clean: ## Remove the environment and caches; data in HAJA_DATA_DIR stays
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

python-here:
	@test -n "$(PYTHON)" || { echo "haja: needs Python 3.11 or newer with pip (Debian: apt-get install python3 python3-pip)" >&2; exit 1; }

env-run: python-here
	@"$(PYTHON)" tools/bootstrap.py run

env-dev: python-here
	@"$(PYTHON)" tools/bootstrap.py dev
