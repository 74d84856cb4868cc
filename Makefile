# run   install what is needed and open the web app on http://127.0.0.1:$(PORT)
# test  install what the tests need and run them all
# check lint, types, floors, docs
# bench speed and accuracy beside named peers
# audit the item bank's whole audit at 10,000 variants a template (hours; for the night)
# anchors install the Python engines that bench measures the assessment engine beside
# lock  re-resolve the pinned dependencies (needs uv; contributors only)
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all:
SELF := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .

.PHONY: run test check bench audit anchors lock clean format

run: $(VENV)/.ready
	@$(BIN)/waymark serve --port $(PORT)

test: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest

check: $(VENV)/.ready-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/waymark framework check
	@$(BIN)/python -m pytest tests/shape

bench: $(VENV)/.ready-bench
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/assessing.py
	@$(BIN)/python benchmarks/jailing.py

audit: $(VENV)/.ready
	@$(BIN)/waymark assess audit --variants 10000 --programs 100

# The assessment engine's Python anchors, in an environment of their own; OpenMx and rpf come from the system's packages
# (benchmarks/anchors/README.md).
anchors: .venv-anchors/.ready

.venv-anchors/.ready: benchmarks/anchors/requirements.txt
	@$(PYTHON) -m venv .venv-anchors
	@.venv-anchors/bin/python -m pip --disable-pip-version-check install --quiet -r benchmarks/anchors/requirements.txt
	@touch $@

format: $(VENV)/.ready-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

$(VENV)/.ready: requirements/run.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Waymark needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "Installing into $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements/run.lock
	@$(SELF)
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements/dev.lock
	@echo "Installing what the tests need ..." >&2
	@$(PIP) -r requirements/dev.lock
	@touch $@

$(VENV)/.ready-bench: $(VENV)/.ready requirements/bench.lock
	@echo "Installing the peers to measure beside ..." >&2
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/bench.lock
	@touch $@

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --group build -o requirements/run.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --group build --group dev -c requirements/run.lock -o requirements/dev.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --group build --group bench -c requirements/run.lock -o requirements/bench.lock

clean:
	rm -rf $(VENV) .venv-anchors build dist .mypy_cache .ruff_cache .pytest_cache
