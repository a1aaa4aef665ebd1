# What there is to do. `make` alone lists it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
# Of the tests: one more than the cores of a small machine, for much of a test waits for a process.
WORKERS ?= 3
BIN := .venv/bin
# Also where another environment is active in the shell.
export VIRTUAL_ENV := $(CURDIR)/.venv
export PATH := $(CURDIR)/$(BIN):$(PATH)
# A shell that forbids it makes every process read and compile all code anew: twice as long a suite.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test thorough fuzz check check-calendars bench cards pages walks docs release format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.sandbox $(if $(PLAYGROUND),node_modules/.installed,node_modules/.trial) ## everything on this machine, for a trial (CALENDAR=my.ics LEADS=leads.csv PORT=3978; PLAYGROUND=1: Microsoft's test client too, under its terms for evaluation)
	@python app.py run $(if $(PLAYGROUND),--playground) $(if $(CALENDAR),--calendar "$(CALENDAR)") $(if $(LEADS),--leads "$(LEADS)")

test: check ## everything that CI runs
	@python -m pytest -n $(WORKERS) --dist loadgroup --durations 20 $(T)

thorough: .venv/.dev node_modules/.installed ## what is large by nature, much more of it and with a seed of its own: and the journeys with ten more seeds of how long Outlook takes: two hours at most (SEED=7 for that one again; HISTORIES=10000 LIMIT=0 T="-k whatever_is_done" for so many random histories with each CRM, which takes longer)
	@seed=$(or $(SEED),$$(date +%s)); echo "SEED=$$seed"; SEED=$$seed THOROUGH=1 timeout $(or $(LIMIT),3600) python -m pytest -n 2 --dist loadgroup -m large --hypothesis-seed=$$seed $(T) && for n in 2 3 4 5 6 7 8 9 10 11; do echo "DELIVERY=$$n"; DELIVERY=$$n python -m pytest -n 2 --dist loadgroup tests/journeys || exit 1; done

fuzz: .venv/.dev node_modules/.installed ## odd and hostile inputs, N of them, and what became of each kind (N=1000000 SEED=7)
	@seed=$(or $(SEED),$$(date +%s)); echo "SEED=$$seed"; FUZZ=$(or $(N),100000) SEED=$$seed python -m pytest -n 2 --dist load -rP --show-capture=stdout tests/fuzzing $(T)

check: .venv/.dev node_modules/.installed ## format, lint, types, imports, known vulnerabilities, without the tests
	@ruff format --check --quiet . || { echo "make format puts this right"; exit 1; }
	@ruff check --quiet .
	@mypy .
	@lint-imports --no-cache | tail -n 3
	@python -m tools.audit

check-calendars: .venv/.dev ## what becomes of a folder of calendar files, held against another reader of them (DIR=…)
	@test -n "$(DIR)" || { echo "Which folder? make check-calendars DIR=path/to/ics/files"; exit 1; }
	@python -W ignore -m tools.check_calendars "$(DIR)"

bench: .venv/.dev node_modules/.installed ## how fast and how large, as ratios against stock parts (QUICK=1: only whether it runs; SIZES=1000,1000000: only how it grows with the handoffs)
	@python -m bench $(if $(QUICK),--quick) $(if $(SIZES),--sizes $(SIZES))

cards: .venv/.dev node_modules/.installed ## every card as a picture, on a phone with large letters and on the desktop, in build/cards
	@python -m tools.draw_cards

format: .venv/.dev ## put the format right
	@ruff check --quiet --fix-only . ; ruff format --quiet .

pages: .venv/.dev node_modules/.installed ## every page of the tab as a picture, in light, dark and contrast, on a phone and printed, in build/pages
	@python -m tools.draw_pages

walks: .venv/.dev node_modules/.installed ## what people do on the desk once a meeting is booked, step by step as pictures, in build/walks
	@python -m tools.draw_walks

docs: .venv/.dev ## write the pages that are made from the code
	@python -m tools.write_docs

release: .venv/.dev node_modules/.installed ## the bills of materials (CycloneDX) of this version, in build/, once audited
	@python -m tools.audit --release
	@python -m tools.bill build

# Where a release younger than a week is needed, because it mends a vulnerability, its package
# stands in URGENT until the week is over: make lock NEWER=aiohttp URGENT=aiohttp tries it out.
URGENT :=
NEWER :=
newer = $(if $(filter all,$(NEWER)),--upgrade,$(NEWER:%=--upgrade-package=%))

lock: .venv/.uv .venv/.node ## pin what the lists ask for, a week old or more (NEWER=all or a package)
	@for list in run azure sandbox dev bench node uv; do uv pip compile --quiet $(newer) $(URGENT:%=--exclude-newer-package=%=false) --universal --python-version=3.11 --generate-hashes --exclude-newer=P7D requirements/$$list.in --output-file=requirements/$$list.txt >/dev/null || exit 1; done
	@npm $(if $(filter all,$(NEWER)),update,install) --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error --before="$$(python -c 'import datetime as d; print(d.datetime.now(d.UTC) - d.timedelta(7))')" >/dev/null

clean: ## forget the trial's data (not what is installed)
	@rm -rf var build

# What is installed. A stamp is older than its list when the list has changed.

.venv/.uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; this is $$($(PYTHON) --version). Name another: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "A virtual environment could not be made. On Debian: apt-get install python3-venv"; exit 1; }
	@python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.sandbox: .venv/.uv requirements/sandbox.txt
	@uv pip install --require-hashes -r requirements/sandbox.txt
	@touch $@

.venv/.dev: .venv/.uv requirements/dev.txt requirements/azure.txt requirements/bench.txt
	@uv pip install --require-hashes -r requirements/dev.txt -r requirements/azure.txt -r requirements/bench.txt
	@touch $@

.venv/.node: .venv/.uv requirements/node.txt
	@node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20)' 2>/dev/null && command -v npm >/dev/null || uv pip install --require-hashes -r requirements/node.txt
	@touch $@

# What draws the desk's cards, and nothing else; .installed has it too.
node_modules/.trial: .venv/.node package.json package-lock.json
	@npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/.installed: .venv/.node package.json package-lock.json
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch node_modules/.trial $@
