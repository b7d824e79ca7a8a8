# Two commands matter: `make run` does the main job, `make test` proves it. Everything they need, they install.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export GX_ANALYTICS_ENABLED := false

.PHONY: setup run test check test-deep lock receiver

# the stamp is as old as the last install from these files
.venv/installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 13)' || { echo "Python 3.11 or 3.12 is needed (PYTHON=... make setup)"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 2; }
	@echo "setup: making .venv from requirements/dev.txt"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

setup: .venv/installed

# hash-pinned lock files, written without the name of any index
lock:
	VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/dev.in -o requirements/dev.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements/dev.txt requirements/run.in -o requirements/run.txt
