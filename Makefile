# make run       the app on http://127.0.0.1:8000
# make test      every test, in real browsers too   (TESTS=path for some)
# make quick     the tests without TensorFlow and without a browser
# make lint      style, types, and who may import whom, licences, known vulnerabilities
# make train     the default training recipe      (DATA=path where MNIST lies)
# make evaluate  whether the shipped model is as good as its card says
# make notebook  the notebook's outputs, on all of MNIST
# make bench     what a reading and serving cost     (QUICK=1 for a short run)
# make site     the page as files for any static host, and as one file: site/
# make lock      refresh the pinned requirements

PYTHON ?= python3
PORT ?= 8000
MNIST_DATA ?= ../shared/data/mnist.npz
VENV := .venv
BIN := $(VENV)/bin
# A process for each core. A file stays in one process, so what it starts is started once.
IN_PARALLEL := -n auto --dist loadfile

.PHONY: run test quick lint train evaluate notebook bench site lock clean

run: $(VENV)/serve
	@PORT=$(PORT) $(BIN)/python -m app

test: $(VENV)/dev
	@$(BIN)/python tests/browser/find_browser.py
	$(BIN)/python -m pytest $(IN_PARALLEL) $(TESTS)

quick: $(VENV)/dev
	$(BIN)/python -m pytest $(IN_PARALLEL) -m "not tensorflow and not browser" $(TESTS)

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_dependencies.py

train: $(VENV)/train
	$(BIN)/python train.py $(if $(DATA),--data "$(DATA)")

# MNIST, with the drawn digits, letters and symbols beside it (CONTRIBUTING.md).
evaluate: $(VENV)/train
	$(BIN)/python train.py prove models/mnist_model.tflite --data $(MNIST_DATA) \
	  --drawings $(dir $(MNIST_DATA))digits-dev.ndjson.gz --junk $(dir $(MNIST_DATA))junk-dev.ndjson.gz

notebook: $(VENV)/dev
	$(BIN)/python tools/run_notebook.py $(MNIST_DATA)

bench: $(VENV)/dev
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/device.py
	$(BIN)/python benchmarks/serving.py $(if $(QUICK),--quick)

site: $(VENV)/serve
	$(BIN)/python -m app.offline.site

lock: $(VENV)/dev
	for name in requirements requirements-train requirements-dev; do \
	  $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 \
	    --no-header --no-annotate --no-emit-index-url $$name.in --output-file $$name.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) site .mypy_cache .ruff_cache .pytest_cache .hypothesis

# One stamp for each set of requirements: a second start installs nothing.
$(VENV)/serve: requirements.txt
$(VENV)/train: requirements-train.txt
$(VENV)/dev: requirements-dev.txt
$(VENV)/serve $(VENV)/train $(VENV)/dev: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Inkling needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
