# Every check and every command is defined here, once: CI and the commit hook call these targets.

# The interpreter that makes the environment: make PYTHON=python3.12 run
PYTHON ?= python3
# pytest's parallel workers: a number, or 0 for none. One more than cores, for many tests wait.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# Passed on as they are: make run ARGS="ask 'should we fine-tune?'", make test ARGS="-k rules"
ARGS ?=

# Relative, so that a checkout whose path holds a space works too.
IN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run eval test chaos bench check format lock train extra clean environment

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

##@ Use

run: environment ## Start the bot (ARGS="ask --json …" for one of its commands)
	@exec $(IN) -m bot $(ARGS)

eval: environment ## Measure accuracy on case files: FILES="one.jsonl two.jsonl"
	@[ -n '$(FILES)' ] || { echo 'make eval needs case files: make eval FILES="cases/*.jsonl"' >&2; exit 2; }
	@$(IN) -m bot eval $(FILES) $(ARGS)

##@ Develop

test: environment ## Run the tests (ARGS="-k name", WORKERS=0 for one after the other)
	@$(IN) -m pytest $(if $(WORKERS),-n $(WORKERS) --dist worksteal) $(ARGS)

chaos: environment ## Every step killed, then 10,000 turns in a storm: nothing lost, nothing twice
	@$(IN) -m pytest -m 'chaos or not chaos' tests/chaos
	@$(IN) -m tests.chaos.long $(ARGS)

bench: environment ## Time the service against bare Bolt and bare calls (ARGS="ack --quick")
	@$(IN) -m bench $(ARGS)

check: environment ## Formatting, lint, types, import direction, the rules' own invariants
	$(IN) -m ruff format --check .
	$(IN) -m ruff check .
	$(IN) -m mypy
	$(IN) .venv/bin/lint-imports --no-logo
	$(IN) -m bot rules --check

format: environment ## Rewrite the code as ruff would have it
	@$(IN) -m ruff format .
	@$(IN) -m ruff check --fix .

##@ Maintain

# The lock names versions and hashes and no address, so it installs from any index. Without
# --python-version it would suit only interpreters as new as the one that wrote it.
lock: environment ## Write requirements.lock from pyproject.toml (ARGS=--upgrade for the newest)
	@UV_CUSTOM_COMPILE_COMMAND='make lock' $(IN) -m uv pip compile --quiet --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --group dev \
	  $(ARGS) --output-file requirements.lock pyproject.toml

train: environment ## Learn the cue reader's weights anew from training/corpus
	@$(IN) -m uv pip install --quiet --python $(IN) --group pyproject.toml:train
	@$(IN) -W ignore -m training.fit

extra: environment ## Add another provider's client: NAME=anthropic, google or ollama
	@[ -n '$(NAME)' ] || { echo 'make extra needs a provider: make extra NAME=anthropic' >&2; exit 2; }
	@$(IN) -m uv pip install --python $(IN) --constraint requirements.lock \
	  --requirement pyproject.toml --extra '$(NAME)'

clean: ## Remove the environment and every cache
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find bot tests -type d -name __pycache__ -prune -exec rm -rf {} +

# The environment is current when the lock it was made from is the lock we have (by content: a
# checkout moves dates) and its interpreter is still the one it was made with. Otherwise it is
# made anew, never mended, so nothing is left over from an older lock or an interrupted install.
# uv, with its hash from the lock, installs the rest in a quarter of the time that pip takes; where
# uv finds no way to an index that only pip is set up for, pip does it. Bytecode is left to the
# first import, unless Python is told not to write any: then every start would pay for it.
environment:
	@if cmp -s requirements.lock .venv/installed.lock && [ -d ".venv/lib/python$$($(IN) -c \
	    'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" ]; then exit 0; fi; \
	say() { echo "$$*" >&2; }; \
	command -v '$(PYTHON)' >/dev/null \
	  || { say '$(PYTHON) was not found: install Python 3.11 or newer, or name it with make PYTHON=…'; exit 1; }; \
	'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { say "$$('$(PYTHON)' --version 2>&1) is too old: install Python 3.11 or newer, or name it with make PYTHON=…"; exit 1; }; \
	'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null \
	  || { say 'This Python cannot make an environment: on Debian and Ubuntu, apt install python3-venv'; exit 1; }; \
	say 'Installing requirements.lock into .venv (once; a minute at most) …'; \
	'$(PYTHON)' -m venv --clear .venv || exit 1; \
	awk '/^[^ ]/ {wanted = /^uv==/} wanted' requirements.lock > .venv/uv.lock; \
	pip() { $(IN) -m pip --disable-pip-version-check --quiet install --require-hashes --requirement "$$1"; }; \
	{ pip .venv/uv.lock && { $(IN) -m uv --quiet pip sync --python $(IN) --require-hashes \
	      $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode) requirements.lock \
	    || { say 'uv could not; pip takes over (a minute) …'; pip requirements.lock; }; }; } \
	  || { say 'The packages could not be installed: see above; is a package index in reach?'; exit 1; }; \
	cp requirements.lock .venv/installed.lock
