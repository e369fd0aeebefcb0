# make test       set up and run everything
# make lint       ruff, mypy, the import layers and the word list
# make coverage   every test, with branch coverage of the whole package
# make fuzz       damage shows, caches, records, answers and feeds thousands of times, and read very large inputs
# make test-long  master twenty minutes of speech, and measure the result
# make bench      compare publishing with programs that copy files, as tables; BENCH=--quick for a first look
# make fix        apply the automatic fixes of ruff

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Two workers per processor, because half of the time the tests wait for disks and stores.
export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))
READY  := $(VENV)/.ready
# The tests start hundreds of processes, and each of them would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
# Temporary folders in memory make fsync fast. They need enough free memory.
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 8000000 { print "/dev/shm" }')
ifneq ($(MEMORY),)
export TMPDIR := $(MEMORY)
endif
# The tests of these packages run with coverage. The packages do no I/O, so this is fast.
PURE   := text checks feed state
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist worksteal

.PHONY: test setup test-long lint unit pure others install coverage fuzz bench fix clean

# Set-up, checks and wheels mostly wait for one process at a time, so they run in parallel.
test:
	$(MAKE) --jobs 3 --output-sync=target setup
	$(MAKE) --jobs 2 --output-sync=target lint install
	$(MAKE) pure unit others

setup: $(READY) setup-others

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --no-compile --editable . --group test --group readers --group lint
	$(BIN)/python -W ignore -c "import pydub" # compile it without warnings about its invalid escapes
	$(BIN)/python -m pytest --collect-only -qq > /dev/null # compile the rest once, before four workers do
	touch $@

.PHONY: setup-others
setup-others:
	$(PYTHON) tests/installation/other_pythons.py setup

test-long: $(READY)
	$(BIN)/python -m pytest --numprocesses 0 tests/long/try_twenty_minutes.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy podcastkit tests
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 podcastkit
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin podcastkit
	$(BIN)/lint-imports
	$(BIN)/python -m tests.plain_english

# The packages without I/O, with branch coverage by their own tests: at least 95 %.
pure: $(READY)
	$(PYTEST) $(PURE:%=tests/%) $(PURE:%=--cov=podcastkit.%) --cov-report=term --cov-fail-under=95

# All other tests.
unit: $(READY)
	$(PYTEST) tests $(PURE:%=--ignore=tests/%)

# The other supported Pythons on this computer. The newest runs all tests except the slow ones; the others run the tests
# that need neither store nor ffmpeg.
others: $(READY) setup-others
	$(BIN)/python tests/installation/other_pythons.py test

# Build the wheel, and install it into a clean environment of each supported Python.
install: $(READY)
	$(BIN)/python tests/installation/try_wheel.py

coverage: $(READY)
	$(PYTEST) --cov=podcastkit --cov-report=term --cov-fail-under=95

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz.fuzz_show --cases 3000 --seed $${SEED:-1}
	$(BIN)/python -m tests.fuzz.fuzz_cache --cases 1000 --seed $${SEED:-1}
	$(BIN)/python -m tests.fuzz.fuzz_records --cases 1000 --seed $${SEED:-1}
	$(BIN)/python -m tests.fuzz.fuzz_answers --cases 1000 --seed $${SEED:-1}
	$(BIN)/python -m tests.fuzz.fuzz_feed --cases 10000 --seed $${SEED:-1}
	$(BIN)/python -m tests.fuzz.large_inputs
	$(BIN)/python -m tests.fuzz.repeated_units
	$(BIN)/python -m tests.fuzz.hostile

bench: $(READY)
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m tests.benchmarks.run $(BENCH)

fix: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .venv-* tests/readers/node_modules dist build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
