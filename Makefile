# Everything one does with the project, on a machine with Python 3.11 or newer and make. Each command
# installs what it needs into .venv, once.
#
#   make play PORT=8000            another port
#   make play PYTHON=python3.13    another Python (.venv keeps the one it was made with)
#   make test ARGS="-k rules"      arguments of the program behind a command

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

PYTHON_HERE := $(VENV)/bin/python
LOCAL := $(VENV)/.requirements-local
SPACE := $(VENV)/.requirements
TRAIN := $(VENV)/.requirements-train
DEV := $(VENV)/.requirements-dev

.PHONY: help play test setup space train bench lint chromium clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s  %s\n", $$1, $$2 }' Makefile

play: $(LOCAL) ## fight in the browser, at http://localhost:7861
	@$(PYTHON_HERE) serve_local.py $(ARGS)

test: $(DEV) chromium ## run every test
	@$(PYTHON_HERE) -m pytest $(ARGS)

setup: $(DEV) ## install what tests, training and benchmarks need
	@echo "Ready: $(PYTHON_HERE)"

space: $(SPACE) ## run the Hugging Face Space here, at http://localhost:7860
	@$(PYTHON_HERE) app.py $(ARGS)

train: $(TRAIN) ## train the boss anew
	@$(PYTHON_HERE) train.py $(ARGS)

bench: $(DEV) chromium ## run the benchmarks, but not the long ones, and write docs/benchmarks.md
	@$(PYTHON_HERE) -m tools.run_benchmarks $(ARGS)

lint: $(DEV) ## check style and formatting
	@$(PYTHON_HERE) -m ruff check .
	@$(PYTHON_HERE) -m ruff format --check .

clean: ## remove .venv and the caches of the tools
	rm -rf $(VENV) .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

chromium: $(DEV)
	@$(PYTHON_HERE) -m tools.ensure_chromium

$(LOCAL): requirements-local.txt
$(SPACE): requirements.txt requirements-local.txt
$(TRAIN): requirements-train.txt requirements-local.txt
$(DEV): requirements-dev.txt requirements.txt requirements-train.txt requirements-local.txt

# The first prerequisite is the file to install; the others are included by it.
$(LOCAL) $(SPACE) $(TRAIN) $(DEV):
	@command -v "$(PYTHON)" > /dev/null || { \
	  echo "There is no '$(PYTHON)' here: install Python 3.11 or newer, or name one with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" tools/make_venv.py "$(VENV)" $<
	@touch $@
