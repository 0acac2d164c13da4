.PHONY: setup up down status test lint bench
PYTHON ?= python3
UP_FLAGS ?=
BENCH_FLAGS ?=

# What a machine needs, Debian packages and Python ones: `make setup` alone installs.
setup: .venv/.ready
	@scripts/install-packages

.venv/.ready: pyproject.toml requirements.lock
	@scripts/install-packages --python
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --requirement requirements.lock
	.venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	# An editable install leaves this to the first start, and where PYTHONDONTWRITEBYTECODE is set to every start.
	.venv/bin/python -m compileall -q apiserver cli cluster clusterdns controllers dashboard ingress kubelet metrics_server minik8s network proxy scheduler
	touch $@

# What tests, lint and type checks need besides.
.venv/.ready-dev: .venv/.ready requirements-dev.lock
	.venv/bin/pip install --quiet --requirement requirements-dev.lock
	touch $@

up: setup
	@.venv/bin/minik8s up $(UP_FLAGS)

down:
	@if [ -x .venv/bin/minik8s ]; then .venv/bin/minik8s down $(DOWN_FLAGS); else echo "nothing is installed, so nothing runs"; fi

status:
	@.venv/bin/minik8s status

lint: .venv/.ready-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# Units, contracts and parts first; then the whole, on a cluster of this machine (that needs root and Docker).
test: setup lint
	.venv/bin/pytest
	.venv/bin/pytest -m e2e tests/e2e

bench: setup .venv/.ready-dev
	.venv/bin/python -m bench $(BENCH_FLAGS)
