# Everything a clone can do. `make` alone prints this list; what a target needs, it builds by itself.

# The first Python that will do. Some systems pack what a new environment needs, ensurepip, apart.
SUITABLE := -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
PYTHON ?= $(shell for found in python3.11 python3.12 python3.13 python3; do \
  $$found $(SUITABLE) 2> /dev/null && echo $$found && break; done)
# Sizes for `figures` and `fit` to compute: quick, paper or full.
PRESET ?=
# Test processes. Two suits two cores; more cores may take more.
JOBS ?= 2
# Options handed on to pytest, for example ARGS="-k search".
ARGS ?=

BIN := .venv/bin
LOCKED := .venv/.locked
READY := .venv/.ready
TOOLS := .venv/.tools
BENCH_READY := .venv-bench/.ready
DOCS := .venv-docs/bin
DOCS_READY := .venv-docs/.ready
TORCH := torch==2.13.0
SLURM := slurm-wlm munge
INSTALL := { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends
QUIETLY := ; } > /dev/null 2>&1

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help setup figures repro verify fit check test test-slurm test-wheel slurm browser soak lint types format bench docs lock lock-docs clean distclean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## build .venv from requirements.lock (runs by itself when needed)

# Without PRESET: what is published, and what this machine says to it. With one: status 1 of `run` says that cells
# have failed: the others are drawn all the same, and make fails at the end.
figures: $(READY) ## draw the published figures, compute some of it here; PRESET=quick|paper|full computes all
ifeq ($(PRESET),)
	$(BIN)/nstar reproduce
else
	failed=0; \
	$(BIN)/nstar run all --preset $(PRESET) || { failed=$$?; [ $$failed -eq 1 ] || exit $$failed; }; \
	$(BIN)/nstar figures --preset $(PRESET) && \
	$(BIN)/nstar report --preset $(PRESET) && exit $$failed
endif

repro: ## run the papers' own sizes, draw every figure, verify, rewrite the report
	@$(MAKE) figures PRESET=paper
	@$(MAKE) verify
	$(BIN)/nstar report --preset paper

verify: $(READY) ## recompute a random sample of the published cells and compare
	$(BIN)/nstar verify

fit: $(READY) ## fit the growth of n* in the cells of PRESET (quick) that are stored
	$(BIN)/nstar fit --preset $(or $(PRESET),quick)

check: lint ## check what changed since main (or SINCE=COMMIT): lint, layers, its types and its fast tests
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.changed $(SINCE)

# A container can be given packages unasked; on a machine with services of its own that is for its owner.
# The site is built for the whole suite alone.
test: lint types $(if $(ARGS),,docs) ## check everything: lint, types, layers, tests, the site; Slurm and a browser if they can be had
	@if [ ! -d /run/systemd/system ]; then $(MAKE) slurm browser; fi
	$(if $(ARGS),,NSTAR_SITE=build/docs) OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

test-slurm: $(TOOLS) slurm ## send sweeps through a real Slurm on this machine
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest tests/slurm $(ARGS)

slurm: ## install Slurm where that can be done (Debian, as root), for make test-slurm
	@command -v slurmctld munged > /dev/null || $(INSTALL) $(SLURM) $(QUIETLY) || \
	  echo "Slurm is not here and could not be installed: its tests are skipped"

browser: ## install Chromium where that can be done (Debian, as root), for the tests of pages
	@$(BIN)/python -c 'import sys; from tests.browser import BROWSER; sys.exit(not BROWSER)' || \
	  $(INSTALL) chromium $(QUIETLY) || echo "Chromium is not here and could not be installed: its tests are skipped"

test-wheel: $(READY) ## build wheel and source archive, and try them in an empty environment of every Python found
	$(BIN)/python -m tests.distribution

soak: $(READY) ## inject 208 faults into a sweep, some ten minutes; its table must equal the quiet one
	$(BIN)/python -m tests.soak --faults 208

lint: $(TOOLS) ## check style, formatting and the import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(TOOLS) ## check types
	$(BIN)/pyright

format: $(TOOLS) ## put every file into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BENCH_READY) ## time nstar against a plain PyTorch loop, in an environment of its own
	.venv-bench/bin/python -m benchmarks

# Notebooks call nstar by its name. Every page is read anew, for what it shows may have changed without it.
docs: $(DOCS_READY) ## build the site of documents, docstrings and notebooks, build/docs/index.html
	PATH="$(CURDIR)/$(DOCS):$$PATH" OPENBLAS_NUM_THREADS=1 $(DOCS)/python -m sphinx --quiet --fresh-env \
	  --fail-on-warning --jobs 8 --conf-dir docs --doctree-dir build/doctrees . build/docs

# neural-tangents asks for TensorFlow, which its kernels never use: the lock leaves that out, and what is
# locked is installed with --no-deps. What tests need is locked apart, at the versions of the first file.
COMPILE := .venv-lock/bin/uv pip compile --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-emit-index-url --no-header --no-config --quiet
lock: ## rewrite both lock files after a change of dependencies (ARGS=--upgrade: newest of all)
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	printf '%s ; python_version < "3"\n' tensorflow tf2jax | $(COMPILE) pyproject.toml --overrides - \
	  --group build --extra stax --extra slurm --output-file requirements.lock $(ARGS)
	$(COMPILE) --group dev --constraints requirements.lock --output-file requirements-test.lock $(ARGS)

lock-docs: ## rewrite requirements-docs.lock, at the versions of requirements.lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile --group docs --constraints requirements.lock --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --no-emit-index-url --no-header --no-config --quiet \
	  --output-file requirements-docs.lock $(ARGS)

clean: ## remove caches and build artefacts; results/ and the environments stay
	rm -rf build dist *.egg-info .cache .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

distclean: clean ## clean, and remove the environments; results/ stays
	rm -rf .venv .venv-bench .venv-docs .venv-lock

# A changed lock file builds the environment anew, so that nothing unlocked lingers in it. Compiled by itself, on
# all cores and without the libraries' tests, it is there in half the time.
$(LOCKED): requirements.lock
	@$(PYTHON) $(SUITABLE) 2> /dev/null || \
	  { echo "no Python 3.11, 3.12 or 3.13 with venv on the path; name one with: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --no-compile --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m compileall -qq -j 0 -x /tests/ .venv/lib
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): requirements-test.lock $(LOCKED) | $(READY)
	@if [ -e $@ ]; then rm -rf .venv; $(MAKE) $(READY); fi
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-test.lock
	@touch $@

$(BENCH_READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv-bench
	.venv-bench/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	.venv-bench/bin/python -m pip install --quiet $(TORCH)
	.venv-bench/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DOCS_READY): requirements.lock requirements-docs.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv-docs
	$(DOCS)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(DOCS)/python -m pip install --quiet --no-deps --require-hashes -r requirements-docs.lock
	$(DOCS)/python -m pip install --quiet $(TORCH)
	$(DOCS)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
