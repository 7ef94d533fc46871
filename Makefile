# Everything one does with the project, on a machine with Python 3.11 or newer and make. Each command
# installs what it needs into .venv, once.
#
#   make play PORT=8000            another port
#   make play PYTHON=python3.13    another Python (.venv keeps the one it was made with)
#   make deploy SPACE=owner/name   needs HF_TOKEN
#   make test ARGS="-k rules"      arguments of the program behind a command

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
SPACE ?=

PYTHON_HERE := $(VENV)/bin/python
LOCAL := $(VENV)/.requirements-local
LEARN := $(VENV)/.requirements-learn
SPACE_SETUP := $(VENV)/.requirements
TRAIN := $(VENV)/.requirements-train
DEV := $(VENV)/.requirements-dev

.PHONY: help play test setup space deploy train bench lint chromium clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s  %s\n", $$1, $$2 }' Makefile

# numba makes the boss learn in seconds. It is large, so it comes beside the running game, and never in its way:
# the learner waits for it a while, and goes on without where there is no network.
play: $(LOCAL) ## fight in the browser, at http://localhost:7861
	@test $(LEARN) -nt requirements-learn.txt || { \
	  $(PYTHON_HERE) tools/make_venv.py "$(VENV)" requirements-learn.txt && touch $(LEARN); \
	  } > $(VENV)/learn.log 2>&1 & \
	  exec $(PYTHON_HERE) serve_local.py $(ARGS)

test: $(DEV) chromium ## run every test
	@$(PYTHON_HERE) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

setup: $(DEV) ## install what tests, training and benchmarks need
	@echo "Ready: $(PYTHON_HERE)"

space: $(SPACE_SETUP) ## run the Hugging Face Space here, at http://localhost:7860
	@$(PYTHON_HERE) app.py $(ARGS)

deploy: $(SPACE_SETUP) ## put the game on a Hugging Face Space: SPACE=owner/name
	@$(PYTHON_HERE) -m tools.deploy $(SPACE) $(ARGS)

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
$(SPACE_SETUP): requirements.txt requirements-local.txt
$(TRAIN): requirements-train.txt requirements-local.txt
$(DEV): requirements-dev.txt requirements.txt requirements-train.txt requirements-local.txt

# The first prerequisite is the file to install; the others are included by it.
$(LOCAL) $(SPACE_SETUP) $(TRAIN) $(DEV):
	@command -v "$(PYTHON)" > /dev/null || { \
	  echo "There is no '$(PYTHON)' here: install Python 3.11 or newer, or name one with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" tools/make_venv.py "$(VENV)" $<
	@touch $@
