# make test   sets up everything that the tests need and runs them all
# make test-long  masters twenty minutes of speech and measures what listeners fetch
# make lint   only the checks that run nothing
# make fuzz   damages whole shows, one file at a time, and feeds, thousands of times
# make bench  how long publishing takes beside the programs that copy files, as tables; BENCH=--quick for a glance
# make fix    what can be mended by itself

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Two for each processor: the tests wait for disks and stores as long as they compute.
export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))
READY  := $(VENV)/.ready

.PHONY: test test-long lint unit others install fuzz bench fix clean

test: lint unit others install

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group test --group readers --group lint
	touch $@

test-long: $(READY)
	$(BIN)/python -m pytest --numprocesses 0 tests/long/try_twenty_minutes.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy podcastkit tests
	$(BIN)/lint-imports

# Every test, in parallel, with the branches they cover. The floor is 95 %.
unit: $(READY)
	$(BIN)/python -m pytest --numprocesses auto --cov --cov-report=term --cov-fail-under=95

# The same tests on the other supported Pythons that are on this machine, save what the store takes minutes for.
others: $(READY)
	$(BIN)/python tests/installation/try_every_python.py

# The wheel, built and installed into a clean environment of each supported Python that is here.
install: $(READY)
	$(BIN)/python tests/installation/try_wheel.py

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz.fuzz_show --cases 3000 --seed $${SEED:-1}
	$(BIN)/python -m tests.fuzz.fuzz_feed --cases 10000 --seed $${SEED:-1}

bench: $(READY)
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m tests.benchmarks.run $(BENCH)

fix: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .venv-* tests/readers/node_modules dist build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
