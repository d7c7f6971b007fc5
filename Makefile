# Every target sets up what it needs in .venv; a second call finds it done.
# Needed beforehand: make and Python 3.11 or newer (PYTHON=... chooses which).

PYTHON ?= python3
PYTEST_WORKERS ?= 2
PYTEST_ARGS ?=
BENCH_ARGS ?=
SPHINX_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CONSTRAINTS := constraints-dev.txt

# More threads than cores make small networks many times slower.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-all lint bench docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.stamp-dev ## create .venv with all that development needs

demo: $(VENV)/.stamp-dev ## run the demonstration
	$(BIN)/python examples/demo.py

test: $(VENV)/.stamp-dev ## run the quick tests and the doctests
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(PYTEST_WORKERS) -m "not slow" $(PYTEST_ARGS)

test-all: $(VENV)/.stamp-dev ## run every test
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

lint: $(VENV)/.stamp-dev ## check style, formatting, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.stamp-dev ## run the benchmarks (BENCH_ARGS=--full for all of them)
	$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

docs: $(VENV)/.stamp-docs ## build the documentation into docs/_build/html
	$(BIN)/python -m sphinx -b html -W --keep-going $(SPHINX_ARGS) docs docs/_build/html

clean: ## remove what the targets made, .venv included
	rm -rf $(VENV) build dist docs/_build docs/auto_examples docs/generated
	rm -rf demo_output htmlcov .coverage .coverage.*
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find skmi tests docs examples benchmarks -name __pycache__ -type d \
		-prune -exec rm -rf {} + 2>/dev/null || true

$(VENV)/.stamp-venv:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
		"skmi needs Python 3.11 or newer, this is " + sys.version.split()[0] + \
		"; choose another with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Torch comes first and alone, so that a local wheel of it is taken where there is one.
$(VENV)/.stamp-dev: pyproject.toml $(CONSTRAINTS) | $(VENV)/.stamp-venv
	$(PIP) install -c $(CONSTRAINTS) torch
	$(PIP) install -c $(CONSTRAINTS) -e '.[dev,plot]'
	@touch $@

$(VENV)/.stamp-docs: $(VENV)/.stamp-dev
	$(PIP) install -c $(CONSTRAINTS) -e '.[dev,plot,docs]'
	@touch $@
