# Everything one does with a checkout. `make` alone says what there is.
#
# The first target that needs it makes .venv with this machine's python3 and installs the requirements into it;
# from then on that happens again only when a requirements file changes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
# What ours is measured against
VENV_BENCH := .venv-bench
# Arguments for the program behind `demo`, `bench` and `test`: make test ARGS="-k relay"
ARGS ?=
# How many processes run the tests
WORKERS ?= auto
# Where traces go, what makes them is installed
OTEL := $(if $(OTEL_EXPORTER_OTLP_ENDPOINT),$(VENV)/.installed-otel)

.PHONY: help demo run s3 test properties chaos chaos-matrix cluster-test check fix bench bench-latency bench-render bench-memory bench-combined bench-storage bench-growth bench-counts bench-reads bench-outages load profile soak constraints gallery

help: ## What there is
	@printf '\nCertmill makes certificates and HR documents by the thousand.\n\n'
	@if [ -t 1 ]; then bold=$$'\e[1m' plain=$$'\e[0m'; else bold= plain=; fi; \
		awk -F ':.*## ' -v bold="$$bold" -v plain="$$plain" \
		'/^[a-z-]+:.*## / { printf "  %smake %-15s%s%s\n", bold, $$1, plain, $$2 }' $(MAKEFILE_LIST)
	@printf '\nArguments go through ARGS: make test ARGS="-k relay"\n\n'

demo: $(VENV)/.installed $(OTEL) ## Start everything, make some 430 certificates of all kinds over HTTP, show them
	@$(BIN)/python -m embedded.demo $(ARGS)

run: $(VENV)/.installed $(OTEL) ## Run everything here, until Ctrl-C: web, workers, Flower, and the servers they need
	@$(BIN)/python -m embedded.run

s3: $(VENV)/.installed-dev ## Run an S3 server here, until Ctrl-C, and say how `make run` uses it
	@$(BIN)/python -m embedded.seaweedfs

test: $(VENV)/.installed-dev ## Run the tests, on real servers that are started for them
	@$(BIN)/python -m pytest --numprocesses=$(WORKERS) $(ARGS)

properties: $(VENV)/.installed-dev ## Try what must hold on thousands of random pages and histories of jobs
	@EXAMPLES=$${EXAMPLES:-5000} $(BIN)/python -m pytest --numprocesses=$(WORKERS) -k "test_grounds or test_printed or test_two_processes or test_model" $(ARGS)

chaos: $(VENV)/.installed-dev ## Set Certmill under fire (ITEMS, FAULTS, SEED), then look at every row and every file
	@$(BIN)/python -m tests.chaos.run $(ARGS)

chaos-matrix: $(VENV)/.installed-dev ## Try every fault at every named point, one after another
	@$(BIN)/python -m tests.chaos.matrix $(ARGS)

cluster-test: $(VENV)/.installed-dev ## Run three hosts made of namespaces (root; ITEMS, CUT), cut one off, look at every row and file
	@$(BIN)/python -m tests.cluster.run $(ARGS)

check: $(VENV)/.installed-dev ## Format, lint, types, and which way imports point
	@$(BIN)/ruff format --check --quiet . || { echo 'Not formatted: make fix'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	@echo 'All checks passed.'

fix: $(VENV)/.installed-dev ## Format, and mend what can be mended by machine
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev $(VENV_BENCH)/.installed ## Measure what the system costs beyond rendering, and beside a naive one
	@$(BIN)/python -m benchmarks.overhead $(ARGS)

bench-latency: $(VENV)/.installed-dev ## Measure how long one document takes, idle and beside a batch of 5,000
	@$(BIN)/python -m benchmarks.latency $(ARGS)

bench-render: $(VENV)/.installed-dev $(VENV_BENCH)/.installed ## Measure rendering beside what others need for the same page
	@$(BIN)/python -m benchmarks.render $(ARGS)

bench-memory: $(VENV)/.installed-dev ## Measure the memory of a process that draws 10,000 mixed documents
	@$(BIN)/python -m benchmarks.memory $(ARGS)

soak: $(VENV)/.installed-dev ## Run everything at full load for MINUTES=30: does memory, does anything grow
	@$(BIN)/python -m benchmarks.soak $(ARGS)

bench-combined: $(VENV)/.installed-dev ## Measure one PDF of 10,000 certificates: CPU and bytes a page, memory on the way
	@$(BIN)/python -m benchmarks.combined $(ARGS)

bench-storage: $(VENV)/.installed-dev ## Measure putting and reading documents in a folder and in a bucket
	@$(BIN)/python -m benchmarks.storage $(ARGS)

bench-growth: $(VENV)/.installed-dev ## Measure claims, records, listings and the like at 10,000 to millions of rows (SIZES)
	@$(BIN)/python -m benchmarks.growth $(ARGS)

bench-counts: $(VENV)/.installed-dev ## Measure counts and statistics over a million certificates of all kinds, spas and owners
	@$(BIN)/python -m benchmarks.counts $(ARGS)

bench-reads: $(VENV)/.installed-dev ## Measure listings, 304s and polls beside a bare Flask and the old system (ROWS, USERS, READS)
	@$(BIN)/python -m benchmarks.reads.run $(ARGS)

bench-outages: $(VENV)/.installed-dev ## Measure how long people wait while Redis hangs, and what they hear while PostgreSQL restarts
	@$(BIN)/python -m benchmarks.outages $(ARGS)

load: $(VENV)/.installed-dev $(VENV_BENCH)/.installed ## Let USERS=500 people use everything for MINUTES=5, beside batches; report in var/load
	@$(BIN)/python -m benchmarks.load.run $(ARGS)

profile: $(VENV)/.installed-dev ## Tell where memory goes in a web process and a worker's child under load; report in var/profile
	@$(BIN)/python -m benchmarks.allocations.run $(ARGS)

gallery: $(VENV)/.installed-dev ## Draw docs/gallery anew: each built-in template with its hardest sample
	@$(BIN)/python -m benchmarks.gallery

constraints: $(BIN)/uv ## Choose newest versions of what the requirements bring along
	@{ sed '/^[^#]/,$$d' constraints.txt; $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 \
		--no-header --no-annotate requirements-dev.txt; } > $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt

# --- how .venv comes about --------------------------------------------------------------------------------------

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Certmill needs Python 3.11 or newer; this is: $$($(PYTHON) --version 2>&1)."; \
		echo 'Name another one: make PYTHON=python3.12 ...'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo 'This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv'; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.installed: requirements.txt constraints.txt | $(BIN)/uv
	@$(call install,requirements.txt)
	@touch $@

$(VENV)/.installed-otel: requirements.txt requirements-otel.txt constraints.txt | $(BIN)/uv
	@$(call install,requirements-otel.txt)
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-dev: requirements.txt requirements-otel.txt requirements-dev.txt constraints.txt | $(BIN)/uv
	@$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.installed $(VENV)/.installed-otel

$(VENV_BENCH)/.installed: requirements-bench.txt benchmarks/install | $(BIN)/uv
	@benchmarks/install $(PYTHON) $(BIN)/uv $(VENV_BENCH)
	@touch $@

# uv takes seconds, pip half a minute; but only pip reads pip.conf, where some networks name their own index.
# Bytecode, as pip makes it: else, where PYTHONDONTWRITEBYTECODE is set, every process compiles 3 s of sources when it starts.
install = echo 'Installing $(1) ...'; $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r $(1) -c constraints.txt \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1) -c constraints.txt
