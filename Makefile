# `make demo` shows the tool on a sample service, `make test` tests it; `make help` lists the rest.
# Needs Python 3.11 or newer and nothing else; everything is installed below .venv and out.

PYTHON ?= python3

venv := .venv
bin := $(venv)/bin
pip := $(bin)/python -m pip --disable-pip-version-check
install := $(pip) install --quiet --constraint constraints.txt --build-constraint constraints.txt
pytest := $(bin)/python -m pytest
heavy := tests/corpus tests/editors tests/servers

.DEFAULT_GOAL := help
.PHONY: help demo test check test-servers test-editors test-corpus diagram vsix screenshots bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(venv)/.installed ## find, explain and repair the mistakes of the sample service in tests/shop
	@PATH="$(CURDIR)/$(bin):$$PATH" sh tests/shop/demo.sh

test: $(venv)/.dev ## run the tests that need no server and no network (below three minutes)
	$(pytest) --numprocesses auto --dist loadgroup $(heavy:%=--ignore=%) tests

check: $(venv)/.dev ## lint, format and types
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/pyright --pythonpath $(bin)/python

test-servers: $(venv)/.servers ## run fixed code and snippets on databases, brokers and web servers started for it
	$(pytest) --numprocesses auto --dist loadfile tests/servers

test-editors: $(venv)/.dev ## install VS Code, Neovim, Helix and Emacs below out (Debian 12, as root), and test in them
	PYTHON="$(CURDIR)/$(bin)/python" bash tests/editors/install.sh
	$(pytest) tests/editors

test-corpus: $(venv)/.dev ## download twelve backends from PyPI, and check them
	$(pytest) --numprocesses auto --dist loadfile tests/corpus

diagram: $(venv)/.pip ## build the page of the diagram from editors/diagram into the package
	PYTHON="$(CURDIR)/$(bin)/python" bash editors/diagram/build.sh

vsix: $(venv)/.installed ## build the extension for VS Code
	PYTHON="$(CURDIR)/$(bin)/python" bash editors/vscode/build.sh

screenshots: vsix $(venv)/.dev ## take the pictures of the extension's README anew (after make test-editors)
	PYTHONPATH=. $(bin)/python tests/editors/pictures.py

bench: $(venv)/.bench ## measure from key to finding, beside ruff and squawk
	$(bin)/python -m tests.benchmarks.latency

clean: ## remove everything that is not a source
	rm -rf $(venv) out dist build .pytest_cache .ruff_cache .hypothesis editors/*/node_modules

# A file in .venv says which dependencies are installed; it is older than the files that name them when they change.

$(venv)/.pip: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; for instance: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(venv)
	$(pip) install --quiet --constraint constraints.txt --upgrade pip
	@touch $@

$(venv)/.installed: $(venv)/.pip pyproject.toml constraints.txt
	$(install) --editable .
	@touch $@

$(venv)/.dev $(venv)/.servers $(venv)/.bench: $(venv)/.%: $(venv)/.installed
	$(install) --group dev$(if $(filter-out dev,$*), --group $*)
	@touch $@
