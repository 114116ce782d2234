# Two commands on a fresh machine: `make dev` and `make test`. They need Python 3.11 and make.
# A distribution's own Python comes first: it is built with profiles, and nearly twice as fast as one that
# pyenv compiled. PYTHON=… names another.
PYTHON ?= $(shell for python in /usr/bin/python3.11 python3.11 python3; do \
    $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
    echo $$python && break; done)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONDONTWRITEBYTECODE  # else each of the tests' many processes compiles everything anew

.DEFAULT_GOAL := help
.PHONY: dev test clients coverage chaos bench bench-refunds bench-scale bench-workers check lock schema release-schema docs assets help

dev: assets  ## Run everything here: servers, migrations, sandbox data, API, worker; Ctrl-C ends it
	@$(BIN)/ordergraph dev --with-parent

test: assets clients check  ## Check the code, then run all tests
	$(BIN)/pytest -n 4

coverage: assets clients  ## Run all tests with branch coverage, which takes half as long again
	$(BIN)/pytest -n 4 --cov --cov-report=term --cov-fail-under=95

chaos: .venv/.installed  ## Prove it for minutes: machine, planted bugs, processes that die (CHAOS_SEED=, CHAOS_MINUTES=)
	@seed=$${CHAOS_SEED:-$$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}; \
	echo "CHAOS_SEED=$$seed CHAOS_MINUTES=$${CHAOS_MINUTES:-3}"; \
	CHAOS_SEED=$$seed CHAOS_MINUTES=$${CHAOS_MINUTES:-3} \
	    $(BIN)/pytest -p no:randomly -rA tests/faults/test_chaos.py tests/faults/test_crash_points.py tests/proof

bench: .venv/.installed  ## Measure the API against the limit of the database (BENCH_ONLY=A, BENCH_ORDERS=, BENCH_SECONDS=)
	$(BIN)/python -m bench

bench-refunds: .venv/.installed  ## Measure ten thousand refunds due at once, with a strict gateway (writes bench/refunds.md)
	$(BIN)/python -m bench.refunds

bench-scale: .venv/.installed  ## Measure the same questions at 10,000, 100,000 and 1,000,000 orders (BENCH_SIZES=; writes bench/scale.md)
	$(BIN)/python -m bench.scale

bench-workers: .venv/.installed  ## Measure workers: refunds due at once, windows that close, looks for nothing (writes bench/workers.md)
	$(BIN)/python -m bench.workers

check: .venv/.installed  ## Format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

LOCK := $(BIN)/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
    --no-header --quiet
SHIPPED := --extra stripe --extra s3 --extra otel --extra smtp

lock: .venv/.locked  ## Resolve requirements/*.txt anew after a change of dependencies
	$(LOCK) pyproject.toml --extra embedded $(SHIPPED) --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml $(SHIPPED) --constraint requirements/dev.txt -o requirements/run.txt
	$(LOCK) requirements/build.in --constraint requirements/dev.txt -o requirements/build.txt

schema: .venv/.installed  ## Write the API's contract to schema.graphql
	$(BIN)/ordergraph schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

release-schema: schema  ## At a release: keep its contract, which later ones are compared with (schema.released.graphql)
	@echo "# ordergraph $$($(BIN)/python -c 'from importlib.metadata import version; print(version("ordergraph"))')" \
	    | cat - schema.graphql > schema.released.graphql.new
	mv schema.released.graphql.new schema.released.graphql

docs: .venv/.installed  ## Renew the generated parts of README.md and docs
	$(BIN)/python docs/generate.py

assets: .venv/.installed  ## Build GraphiQL's files, unless they are fresh
	@$(BIN)/python -m ordergraph.graphiql.build

clients: .venv/.installed  ## Install the clients that the tests run, unless they are fresh
	@$(BIN)/python -m tests.clients.packages

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## (.*)/  make \1\t\2/' | expand -t 24

# The environment: every file's hash is in the lock, nothing is built but the project's own link.
.venv/.locked: requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, with ensurepip (Debian: python3-venv)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps --only-binary :all: --require-hashes -r $<
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@
