# Two commands matter: `make site` and `make test`. The programs behind them are in tests/.

PYTHON := .venv/bin/python
LAB ?= lab
STAGES := lint sanity unit contract cluster faults molecule tarball

.DEFAULT_GOAL := help
.PHONY: help venv site teardown lab lab-down test $(STAGES:%=test-%) selftest bench build clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z%$$(][^:]*:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  make test-STAGE     One stage alone: $(STAGES)."

venv: ## Make .venv with the pinned packages of requirements-dev.txt.
	@tests/venv.sh

site: venv ## From nothing to a function answered with mutual TLS: lab, then playbooks/site.yml.
	@$(PYTHON) -m tests.site --lab $(LAB)

teardown: venv ## Take away what `make site` installed; the lab stays up.
	@$(PYTHON) -m tests.site --lab $(LAB) --playbook playbooks/teardown.yml

lab: venv ## Build and start the lab, a real cluster without an image registry.
	@$(PYTHON) -m tests.lab build
	@$(PYTHON) -m tests.lab up --name $(LAB)

lab-down: venv ## Stop the lab and leave nothing of it behind.
	@$(PYTHON) -m tests.lab down --name $(LAB)

test: venv ## Run every stage, as CI does.
	@$(PYTHON) -m tests.stages

$(STAGES:%=test-%): test-%: venv
	@$(PYTHON) -m tests.stages $*

selftest: venv ## Plant a failing and an empty test in each stage of a copy and see each one fail.
	@$(PYTHON) -m tests.selftest

bench: venv ## Print what functions cost, in requests and time, beside loops of tasks (and FAAS_CLI, a path).
	@$(PYTHON) -m tests.bench $(if $(FAAS_CLI),--faas-cli $(FAAS_CLI))

build: venv ## Build the collection's tarball into .build/.
	@.venv/bin/ansible-galaxy collection build --force --output-path .build

clean: ## Remove .venv, .build and caches (the lab's own cache stays).
	rm -rf .venv .build .ansible .mypy_cache .ruff_cache .hypothesis
