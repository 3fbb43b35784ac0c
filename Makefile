# make demo    train on Shakespeare, a few minutes, samples at the end
# make test    the tests            make test-all  the slow ones too
# make check   lint, types, floors, prose  make dist      build the wheel
# make bench   the kernels against torch.nn, some ten quiet minutes
# make experiments  what gradient flow tells: runs that are not in experiments/results yet, and their tables
# make fuzz    layers, files, links and threads under hostile treatment; MINUTES=10 of layers and of files, SEED=1
# make house   the house in figures: rooms, circles, double names, long functions; AGAINST=an earlier checkout
# make torchs  PyTorch's own tests of recurrent layers, on ours: TORCH_TESTS=the folder test/ of PyTorch's source
# make docs    the documentation as a site that opens offline, in build/site
# make notes   docs/notes measured and drawn again, some eight minutes
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS := .venv-docs
DOCS_READY := $(DOCS)/.ready

.PHONY: demo test test-all check format bench experiments fuzz house torchs notes docs dist clean

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Undertow needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(READY)
	$(BIN)/undertow demo

test: $(READY)
	$(BIN)/python -m pytest -m 'not slow'

test-all: $(READY) $(DOCS_READY)
	$(BIN)/python -m pytest -m slow --timeout=900

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_floors.py tests/test_public.py tests/test_links.py tests/test_prose.py tests/test_maps.py

format: $(READY)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python benchmarks/kernels.py
	$(BIN)/python benchmarks/kernels.py --allocator tuned

experiments: $(READY)
	for name in adding copying digits ill ill_short clipping input_scale batch_norm_gain; do $(BIN)/python experiments/$$name.py || exit 1; done

MINUTES ?= 10
SEED ?= 1

fuzz: $(READY)
	$(BIN)/python tests/fuzz/layers.py --minutes $(MINUTES) --seed $(SEED)
	$(BIN)/python tests/fuzz/files.py --minutes $(MINUTES) --seed $(SEED)
	$(BIN)/python tests/fuzz/files.py --places 2000 --seed $(SEED)
	$(BIN)/python tests/fuzz/links.py
	$(BIN)/python tests/fuzz/storm.py

house: $(READY)
	$(BIN)/python tests/house.py $(if $(AGAINST),--against $(AGAINST))

torchs: $(READY)
	$(BIN)/python tests/torchs/suite.py $(TORCH_TESTS)

notes: $(READY)
	$(BIN)/python notes/make.py

# Sphinx and its like are kept apart from .venv, and find there what Undertow needs.
$(DOCS_READY): $(READY)
	@test -x $(DOCS)/bin/python || $(BIN)/python -m venv $(DOCS)
	@where='import site; print(site.getsitepackages()[0])'; \
		$(BIN)/python -c "$$where" >"$$($(DOCS)/bin/python -c "$$where")/project.pth"
	@echo "installing into $(DOCS)"
	@$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

docs: $(DOCS_READY)
	$(DOCS)/bin/python docs/site/staging.py

dist: $(READY)
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) $(DOCS) dist build
