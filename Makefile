# Two commands matter: `make run` does the main job, `make test` proves it. Everything they need, they install.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export GX_ANALYTICS_ENABLED := false

.PHONY: setup lock run serve test check test-deep bench bench-identity

# the stamp is as old as the last install from these files
.venv/installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 13)' || { echo "Python 3.11 or 3.12 is needed (PYTHON=... make setup)"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 2; }
	@echo "setup: making .venv from requirements/dev.txt"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q cli flows tasks expectations schemas # where PYTHONDONTWRITEBYTECODE is set, nobody else does it
	@touch $@

setup: .venv/installed

# hash-pinned lock files, written without the name of any index
lock:
	VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --override requirements/overrides.txt requirements/dev.in -o requirements/dev.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements/dev.txt requirements/run.in -o requirements/run.txt

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile

# DEEP chooses among them by their marks
DEEP ?= deep
test-deep: setup
	@$(BIN)/python -m pytest -m "$(DEEP)" -n 2 --dist worksteal --durations 10

# what a night costs beside the bare tools, into benchmarks/RESULTS.md; about half an hour on an idle machine. BENCH= takes other options
BENCH ?= --rows 20000 200000 1000000 --delta --xlsx 100000 --conventional --frame 1000000
bench: setup
	@$(BIN)/python -m benchmarks.bench $(BENCH) --write

# who is who beside its rivals, on data with truth, into benchmarks/RESULTS.md; IDENTITY= takes options of benchmarks/identity.py
IDENTITY ?=
bench-identity: setup
	@$(BIN)/python -m benchmarks.identity $(IDENTITY) --write

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/vulture
	@$(BIN)/python -m tests.check_migrations

# Prefect's server and pages, the nightly by schedule, a submission for every file that lands; Ctrl-C stops all of it
serve: setup
	@$(BIN)/sinergi serve $(if $(INBOX),--inbox "$(INBOX)") $(if $(PORT),--port $(PORT))

# INBOX=path does the main job on a real inbox; PROVINCE, ROWS and SEED shape the generated one
PROVINCE ?= 19
ROWS ?= 20000
SEED ?= 1
HOME_DIR := $(or $(SINERGI_HOME),.sinergi)
run: setup
ifdef INBOX
	@$(BIN)/sinergi walkthrough --inbox "$(INBOX)"
else
	@test -d $(HOME_DIR)/demo/$(PROVINCE)-$(ROWS)-$(SEED)/truth || $(BIN)/sinergi demo --province $(PROVINCE) --rows $(ROWS) --seed $(SEED) --out $(HOME_DIR)/demo/$(PROVINCE)-$(ROWS)-$(SEED)
	@$(BIN)/sinergi walkthrough --inbox $(HOME_DIR)/demo/$(PROVINCE)-$(ROWS)-$(SEED)/inbox
endif
