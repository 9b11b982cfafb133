# make demo   a fresh environment, the sandbox, and the static layer applied in it
# make test   the whole test suite
# make check  lint, types, format, security of the Terraform modules
# make storm  kills at random moments (an hour)
# make bench  ratios of two things measured in one run
# make mutants  small changes to the rules that decide: do the tests notice? SAMPLE=20 takes 20 of each module
# make docs   write the generated pages of docs/ again

PYTHON ?= python3
BIN := .venv/bin
CHECKOV := .venv-checkov/bin/checkov

# Terraform providers on machines without internet: a folder that holds registry.terraform.io, found near the
# root of the disk. Where there is none, Terraform downloads what it needs.
ifndef DPCTL_PROVIDER_MIRROR
MIRROR := $(patsubst %/registry.terraform.io,%,$(shell find / -xdev -maxdepth 4 -type d -name registry.terraform.io -print -quit 2>/dev/null))
ifneq ($(MIRROR),)
export DPCTL_PROVIDER_MIRROR := $(MIRROR)
endif
endif

.PHONY: demo test storm check bench mutants docs clean

demo: $(BIN)/.demo
	@$(BIN)/dpctl demo --yes

test: $(BIN)/.dev
	$(BIN)/python -m pytest -n 4 --dist loadgroup

storm: $(BIN)/.dev
	$(BIN)/python -m pytest -n 0 -s -m storm tests/storm

check: $(BIN)/.dev $(CHECKOV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(CHECKOV) --quiet --compact --directory modules --config-file .checkov.yaml

bench: $(BIN)/.dev
	$(BIN)/python -m tests.bench

mutants: $(BIN)/.mutants
	$(BIN)/python -m tests.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(ONLY),--only $(ONLY))

docs: $(BIN)/.dev
	$(BIN)/python -m tests.write_docs

clean:
	-$(BIN)/dpctl sandbox stop
	rm -rf .dpctl .venv .venv-checkov .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip

$(BIN)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[sandbox,embedded]'
	@touch $@

$(BIN)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@ $(BIN)/.demo

$(BIN)/.mutants: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[mutants]'
	@touch $@ $(BIN)/.dev $(BIN)/.demo

# Checkov pins an old boto3, so it lives in an environment of its own.
$(CHECKOV):
	$(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/pip install --quiet 'checkov>=3.3,<4'
