# make demo    everything from nothing: environment, import, classification, summary, app
# make test    everything that continuous integration runs
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=

.PHONY: demo test install lint types check corpora browser model clean

demo: install
	$(BIN)/rsenlp demo $(DEMO_ARGS)

test: install browser lint types corpora check

install: $(VENV)/installed

# the lock file pins every package with its hash; the package itself is installed from this folder
$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

corpora: install
	$(BIN)/rsenlp corpus check rse-synth --quiet
	$(BIN)/rsenlp corpus check rse-natural --quiet
	$(BIN)/rsenlp corpus check rse-discursive --quiet

check: install
	$(BIN)/python -m pytest

# a browser for the tests of the app, in continuous integration alone: elsewhere the tests say how to get one
browser:
	@if [ -n "$$CI" ] && ! command -v chromium >/dev/null; then apt-get update -qq && apt-get install -y -qq chromium; fi

# the embedded models, from the embedded corpora; the encoder needs the extra "train" and hours
model: install
	$(BIN)/rsenlp train rse-synth -o models/rse-linear --eval gold-dev
	$(BIN)/rsenlp train rse-synth rse-natural rse-discursive --parallel rse-parallel --backend encoder -o models/rse-encoder \
	    --eval gold-dev
	$(BIN)/rsenlp train rse-synth rse-natural rse-discursive --backend ensemble --member models/rse-encoder --member models/rse-linear \
	    -o models/rse-accurate --eval gold-dev

clean:
	rm -rf $(VENV) out build dist
