# Two commands matter: `make start` and `make test`. Both prepare what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where torch is taken from. Elsewhere than here: make setup TORCH_INDEX=<index of CPU wheels>
TORCH_INDEX ?=
# Tests of one file stay together; more processes than cores make the tests of races and rates wait for each other.
TEST_PROCESSES ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK = 1
INSTALL = $(BIN)/python -m pip install --quiet

.PHONY: setup start test test-browser-postgres check lint types format bench evaluate screenshots clean

setup: $(VENV)/.installed
	@$(BIN)/qihui index build
	@$(BIN)/qihui db upgrade

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "qihui needs Python 3.11 or newer; name one with: make PYTHON=python3.11 setup"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) 'torch==2.13.*'
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml $(VENV)/.installed
	$(INSTALL) --editable '.[test,compare]'
	@touch $@

# The index is looked at at every start; an unchanged guide takes no time.
start: $(VENV)/.installed
	@$(BIN)/qihui serve --prepare

test: $(VENV)/.installed-test
	@sh scripts/browser_packages.sh
	@$(BIN)/qihui index build
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

# The suite takes every journey of the browser on SQLite; this takes them once more on PostgreSQL.
test-browser-postgres: $(VENV)/.installed-test
	@sh scripts/browser_packages.sh
	@$(BIN)/qihui index build
	@$(BIN)/python -m pytest -m browser --database postgresql

check: lint types
	@$(BIN)/qihui guide check

lint: $(VENV)/.installed-test
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports
	@$(BIN)/deptry --no-ansi .

types: $(VENV)/.installed-test
	@$(BIN)/mypy

format: $(VENV)/.installed-test
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

bench: $(VENV)/.installed-test
	@$(BIN)/qihui bench

evaluate: $(VENV)/.installed-test
	@$(BIN)/qihui index evaluate

screenshots: $(VENV)/.installed-test
	@$(BIN)/python scripts/screenshots.py
	@$(BIN)/python scripts/staff_screenshots.py

clean:
	rm -rf $(VENV) .qihui .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
