# Two commands do all the set-up on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help run test interop test-rauc test-kernel test-browser check proof simulate mutate bench diagrams clean

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(READY)  ## play one charge on this machine; with ARGS=--interactive you are the driver
	@$(BIN)/statecharge demo $(ARGS)

test: $(READY)  ## every test that needs nothing but Python
	@$(BIN)/python -m pytest -n 2

interop: $(READY)  ## visits, outages and resets against a central system of others (needs Node)
	@$(BIN)/python -m pytest -rs -o python_files='interop_*.py' tests/interop

test-rauc: $(READY)  ## updates by the real RAUC on loop devices (needs root; installs rauc if it can)
	@command -v rauc > /dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq rauc rauc-service dbus squashfs-tools; } || true
	@$(BIN)/python -m pytest -rs -o python_files='rauc_*.py' tests/rauc

KERNEL_SUITES = $(wildcard tests/contract/test_gpio*.py) $(addprefix tests/contract/test_, \
	card_readers.py meter_and_reader_contract.py modbus_meter.py pilot_contract.py \
	power_path_contract.py pulse_meter.py)

test-kernel: $(READY)  ## real drivers on devices of a kernel of our own, the service under its systemd
	@(command -v flex && command -v bison && command -v bc) > /dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq flex bison bc; } || true
	@$(BIN)/python -m pytest -n 0 -rs -p tools.kernel.pytest_plugin -o python_files='kernel_*.py' tests/kernel $(KERNEL_SUITES)

test-browser: $(READY)  ## report, replay and watch in a headless Chromium (skipped without one)
	@$(BIN)/python -m pytest -n 0 -rs -o python_files='browser_*.py' tests/browser

simulate: $(READY)  ## years of trouble on a virtual clock: HOURS=1000 SEED=1 JOBS=2; a finding names its seed
	@$(BIN)/python -m tools.simulate --hours $(or $(HOURS),1000) --seed $(or $(SEED),1) --jobs $(or $(JOBS),2)

check: $(READY)  ## style, types, charts, pictures, keys, certificate
	@failed=0; \
	$(BIN)/ruff format --check . || failed=1; \
	$(BIN)/ruff check --quiet . || failed=1; \
	$(BIN)/mypy || failed=1; \
	$(BIN)/statecharge charts check || failed=1; \
	$(BIN)/statecharge certificate > $(VENV)/certificate.txt || { cat $(VENV)/certificate.txt; failed=1; }; \
	exit $$failed

proof: $(READY)  ## the slow proofs: chart coverage, a power cut after every effect and all through an update, every reachable state
	@$(BIN)/python -m tools.coverage
	@$(BIN)/python -m tools.power_cuts
	@$(BIN)/statecharge charts explore
	@$(BIN)/python -m tools.net.update_cuts
	@command -v strace > /dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq strace; } || true
	@$(BIN)/python -m tools.crash || [ $$? = 2 ]
	@command -v mkfs.ext4 > /dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq e2fsprogs; } || true
	@$(BIN)/python -m tools.kernel_cuts || [ $$? = 2 ]
	@$(BIN)/python -m pip install -qq --disable-pip-version-check 'atheris>=3.0,<3.1' || true
	@$(BIN)/python -m tools.fuzz || [ $$? = 2 ]
	@$(BIN)/python -m tools.proof_page

mutate: $(READY)  ## seed 3000 bugs into charts, routes and behaviors: each must be found
	@$(BIN)/python -m tools.mutate

bench: $(READY)  ## the figures, each beside its floor from the same run
	@$(BIN)/python -m tools.net.bench

diagrams: $(READY)  ## export every chart to charts/svg
	@$(BIN)/statecharge charts export

clean:  ## remove what was installed and built
	@rm -rf $(VENV) build *.egg-info
