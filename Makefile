# make demo   a fresh environment, and the guided tour of the sandbox
# make test   the whole test suite
# make check  lint, types, format, security of the Terraform modules
# make seeds  ten accounts made by hand adopted, all layers, one of them with every option, and a replica of an
#             eleventh; SEEDS=20-29: another ten
# make storm  kills at random moments, of a four-layer apply, of GlueTestjob and of gluejob (after make spark; two
#             hours); both sources of events, switched while writes go on; each wiring of the pipeline
#             broken and healed alone; what make guide runs, clients that
#             misbehave, and twenty accounts made by hand adopted, all layers, and the one with every option
# make guide  every command of README.md and docs/guide.md, as printed, against the sandbox;
#             and the tour, on one page
# make bench  ratios of two things measured in one run
# make mutants  small changes to the rules that decide: do the tests notice? SAMPLE=20 takes 20 of each module
# make spark  jobs on a real Spark, from a real MySQL; skipped, with the reason, where Java, MariaDB or the
#             internet is missing; WHOLE=1: with all layers applied, and 200,000 rows of every type
# make python39  the tests of what AWS runs, on the Python 3.9 that Glue's shell jobs have; from pyenv, uv or the PATH
# make round-trips  10,000 random tables out and back, in every format
# make clients  real drivers, dbt and the rest against the sandbox's Redshift; RECORD=1 writes down how they went
# make permissions  each command as a role with just its policy, and without each of its actions (an hour); and an
#             account without each permission of its roles
# make docs   write the generated pages of docs/ again

# The newest Python from 3.11 to 3.13 that runs; another one: make PYTHON=/path/to/python3.12 ...
ifndef PYTHON
PYTHON := $(firstword $(foreach v,3.13 3.12 3.11,$(shell python$(v) -c 'import sys; print(sys.executable)' 2>/dev/null)) python3)
endif
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

.PHONY: demo test python39 seeds storm spark round-trips clients check bench mutants docs clean guide permissions

demo: $(BIN)/.demo
	@$(BIN)/dpctl demo --yes

test: $(BIN)/.dev
	$(BIN)/python -m pytest -n 4 --dist loadgroup

# Glue's shell jobs have Python 3.9; one is looked for where version managers keep theirs.
PYTHON39 ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.9.*/bin/python $(HOME)/.local/share/uv/python/*3.9.*/bin/python3.9) python3.9)
GLUE_TESTS := test_glue_shell test_values test_lambda_capture test_lambda_unload test_glue_etl

python39: .venv-39/.ready
	.venv-39/bin/python -m pytest -q -W ignore -c .venv-39/pytest.ini --rootdir . $(GLUE_TESTS:%=tests/runtime/%.py)

.venv-39/.ready:
	$(PYTHON39) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 9))'
	$(PYTHON39) -m venv .venv-39
	.venv-39/bin/pip install --quiet 'pytest>=8,<9' 'boto3>=1.34,<2' 'moto[s3,dynamodb,sqs,glue]>=5,<6'
	echo '[pytest]' > .venv-39/pytest.ini
	touch $@

seeds: $(BIN)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m $(if $(SEEDS),storm,seeds) tests/integration/test_adoption.py tests/integration/test_adoption_rows.py

storm: $(BIN)/.dev
	DPCTL_SPARK_HOME=$(CURDIR)/.venv-spark $(BIN)/python -m pytest -n 0 -s -m storm tests/storm
	$(BIN)/python -m pytest -n 0 -s -m storm tests/integration/redshift_engine tests/integration/sandbox
	$(BIN)/python -m pytest -n 0 -m storm tests/integration/test_working_pipeline.py tests/integration/test_wirings_healed.py
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m storm tests/integration/test_adoption.py tests/integration/test_adoption_rows.py

guide: $(BIN)/.dev
	DPCTL_SPARK_HOME=$${DPCTL_SPARK_HOME:-$(CURDIR)/.venv-spark} $(BIN)/python -m pytest -n 0 -s -m storm tests/storm/test_guide.py tests/storm/test_tour_page.py

check: $(BIN)/.dev $(CHECKOV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(CHECKOV) --quiet --compact --directory modules --config-file .checkov.yaml

bench: $(BIN)/.dev
	$(BIN)/python -m tests.bench

# 10,000 in ten parts, each from a seed: PARTS="4 5" goes on where a run was interrupted, or repeats a part.
PARTS := 1 2 3 4 5 6 7 8 9 10
round-trips: $(BIN)/.dev
	set -e; for seed in $(PARTS); do DPCTL_ROUND_TRIPS=1000 $(BIN)/python -m pytest -n 0 --hypothesis-seed=$$seed \
		tests/integration/redshift_engine/test_round_trips.py; echo "seed $$seed: no difference"; done

mutants: $(BIN)/.mutants
	$(BIN)/python -m tests.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(ONLY),--only $(ONLY))

# Spark and its jars are kept in .venv-spark; Java and MariaDB come from the machine.
spark: export DPCTL_SPARK_HOME := $(CURDIR)/.venv-spark
spark: $(BIN)/.dev
	$(BIN)/dpctl sandbox spark install || echo "No Spark here, for the reason above: its tests are skipped"
	$(BIN)/python -m pytest -n 0 -m 'spark$(if $(WHOLE),, and not slow)' tests/spark

clients: $(BIN)/.dev
	$(BIN)/python -m pytest -n 0 -m clients tests/clients $(if $(RECORD),--record)

permissions: $(BIN)/.dev
	$(BIN)/python -m pytest -n 0 -s -m permissions tests/permissions

docs: $(BIN)/.dev
	$(BIN)/python -m tests.write_docs
	$(BIN)/python -m tests.write_captures

clean:
	-$(BIN)/dpctl sandbox stop
	rm -rf .dpctl .venv .venv-39 .venv-checkov .venv-spark .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "dpctl needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) -V 2>&1)."; \
	  echo "Try: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)   (Ubuntu 22.04: apt-get install python3.11 python3.11-venv)"; \
	  exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip

$(BIN)/.demo: pyproject.toml | $(BIN)/python
	@echo "Installing dpctl, the sandbox and an embedded Terraform into .venv (once; about 200 MB)"
	@began=$$(date +%s); $(BIN)/pip install --quiet --editable '.[sandbox,embedded]' && \
	  echo "Installed in $$(( $$(date +%s) - began )) s"
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
