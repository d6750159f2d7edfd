# The two commands of a newcomer: `make run` and `make test`. `make help` explains the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml tools/*/pyproject.toml))
SOURCES := $(wildcard libs/*/src services/*/src tools/*/src)
INSTALLED := $(VENV)/.installed
# A public framework whose bots the simulator must stand; it does not resolve with our own dependencies.
AIOGRAM := $(VENV)/aiogram

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements/dev.txt $(addsuffix /pyproject.toml,$(PACKAGES))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	@echo "installing the locked dependencies into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix --editable ./,$(PACKAGES))
	@touch $@

$(AIOGRAM)/.installed: requirements/aiogram.txt | $(INSTALLED)
	@$(BIN)/python -m venv $(AIOGRAM)
	@$(AIOGRAM)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

.PHONY: install
install: $(INSTALLED) ## Install everything into .venv from the hashed lock

.PHONY: run
run: $(INSTALLED) ## Start the whole stack and its chat page; Ctrl-C stops it
	@exec $(BIN)/python -m lbc_testkit.stack

.PHONY: demo
demo: $(INSTALLED) ## Drive one person from link to DONE against the running stack
	@exec $(BIN)/python -m lbc_testkit.demo $(ARGS)

.PHONY: test
test: $(INSTALLED) $(AIOGRAM)/.installed ## Run all tests, with coverage; says at the end what could not run
	@TELEGRAM_SIM_AIOGRAM=$(abspath $(AIOGRAM))/bin/python $(BIN)/python -m lbc_testkit.suite $(TESTS)

.PHONY: lint
lint: $(INSTALLED) ## ruff, mypy and the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(SOURCES)
	@$(BIN)/lint-imports --no-cache

.PHONY: mutants
mutants: $(INSTALLED) ## Mutate the FSM, the token code and the delivery rows; at least 90% must be killed
	@$(BIN)/python bench/mutants/run.py $(ARGS)

.PHONY: format
format: $(INSTALLED) ## Format, and mend what ruff can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: docs
docs: $(INSTALLED) ## Generate the docs that come from data
	@$(BIN)/python docs/generate.py

.PHONY: lock
lock: $(INSTALLED) ## Resolve the hashed locks anew
	@$(BIN)/python requirements/lock.py

.PHONY: media
media: $(INSTALLED) ## Make the demo brand's videos anew
	@$(BIN)/uv run brands/demo/media/make.py

.PHONY: clean
clean: ## Remove the environment, caches and local state
	@rm -rf $(VENV) .run .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

include charts/charts.mk
