# `make` alone lists what can be typed. Everything a command needs is set up by it.

VENV := .venv
BIN := $(VENV)/bin
# The first Python on the path that is new enough; scripts/set_up.py says so where there is none.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && exit; done; echo python3)
ONLY ?=

# Tests that need neither a database nor a browser, and seconds only.
LONG := simulated barchart_robot brokers_published mutated_chains mutated_reference real_chains real_broker_files drift futures mapping_files yahoo_session
SOURCE_TESTS := $(filter-out $(LONG:%=\%/test_%.py),$(wildcard tests/ingest/sources/test_*.py)) tests/ingest/sources/reading
UNIT := tests/core tests/analytics $(SOURCE_TESTS) tests/test_layers.py tests/test_dependencies.py tests/test_docs.py tests/test_deploy.py tests/test_makefile.py

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench campaign

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/ready ## install everything into .venv; `run` and `test` do it by themselves

$(VENV)/ready: requirements.txt requirements-setup.txt pyproject.toml scripts/set_up.py
	@$(PYTHON) scripts/set_up.py $(VENV)

run: $(VENV)/ready ## start the product: database, collector, worker, pages, API; Ctrl-C stops all of it
	@exec $(BIN)/oiflow up

test: $(VENV)/ready ## the whole suite, with a real PostgreSQL and a real Chromium
	@$(BIN)/python scripts/chromium.py
	@exec $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/ready ## format, lint, types, layers, container files, unit tests: under 30 s
	@exec $(BIN)/python scripts/check.py $(UNIT)

bench: $(VENV)/ready ## each performance goal against its peer; ONLY=import runs some
	@exec $(BIN)/python -m benchmarks $(ONLY)

campaign: $(VENV)/ready ## the long fault, fuzz and load campaigns; ONLY=R1,R5 runs some
	@$(BIN)/python scripts/chromium.py
	@exec $(BIN)/python -m tests.campaign $(ONLY)
