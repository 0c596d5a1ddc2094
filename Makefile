# The daily commands. `make serve` and `make test` need nothing but python3 and
# python3-venv; `make test` installs what tests/install.sh names (Chromium, wrk, HAProxy, systemd, PostgreSQL, Redis)
# where it may, and says what it leaves out where not. `make bench ARGS=--quick` hands options on.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: setup serve test check docs bench clean
setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

serve: setup
	$(BIN)/conclave serve

# One process more than there are cores: tests wait often.
test: setup
	tests/install.sh
	$(BIN)/python -m pytest -n $$(( $$(nproc) + 1 )) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy
	$(BIN)/python -m conclave.reference --check

docs: setup
	$(BIN)/python -m conclave.reference

bench: setup
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) build src/*.egg-info
