# make run: the chat page.  make test: everything that is checked.  Both begin by installing what they need into .venv.
SHELL := /bin/sh
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" --extra offline --group build

.PHONY: help run test check bench load setup setup-dev system lock licences sbom advisories clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/'

run: setup ## the chat page on http://127.0.0.1:7860
	@$(BIN)/space-policy serve

test: system setup-dev check ## the checks, then the whole suite
	@sh .ci/suite

check: setup-dev ## ruff, mypy, import-linter
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo --no-cache

bench: ## measures speed and memory of what .venv holds; ARGS="--help" tells what can be chosen
	@[ -x $(BIN)/space-policy ] || $(MAKE) --no-print-directory setup
	@$(BIN)/python tests/bench $(ARGS)

load: ## 50 readers and a curator at a page of this computer, for 6 minutes; ARGS="--help" tells what can be chosen
	@[ -x $(BIN)/space-policy ] || $(MAKE) --no-print-directory setup
	@$(BIN)/python tests/load $(ARGS)

setup: ## installs what `make run` needs
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" sh .ci/setup requirements.lock

setup-dev: ## installs what `make test` needs
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" sh .ci/setup requirements-dev.lock

system: # Debian packages, where they are missing and may be installed; elsewhere the browser tests skip and say so
	@sh .ci/system

lock: setup-dev ## resolves the dependencies anew
	$(COMPILE) --upgrade pyproject.toml -o requirements.lock
	$(COMPILE) --constraint requirements.lock --group dev pyproject.toml -o requirements-dev.lock

licences: setup-dev ## the licence of every package; fails on GPL, LGPL and AGPL
	@$(BIN)/python .ci/supply.py licences

sbom: setup-dev ## what it is made of, as CycloneDX: artefacts/sbom.cdx.json
	@$(BIN)/python .ci/supply.py sbom artefacts/sbom.cdx.json

advisories: setup-dev ## asks osv.dev which packages have known weaknesses
	@$(BIN)/python .ci/supply.py advisories

clean: ## removes .venv and caches (no library is touched)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
