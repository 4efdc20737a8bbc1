# Everything a person runs. Each target makes what it needs; `make` alone lists them.
PYTHON ?= python3
RUN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset manage test faults security bench bench-evidence story journeys screens bom lint format lock clean venv venv-dev venv-test

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv:
	@$(PYTHON) deploy/local/environment.py

venv-dev:
	@$(PYTHON) deploy/local/environment.py --dev

venv-test:
	@$(PYTHON) deploy/local/environment.py --dev --browser

demo: venv ## start all of it here, with demo people; Ctrl-C ends it (PORT=8123 make demo)
	@$(RUN) -m deploy.local.demo

demo-reset: venv ## forget the demo's data; the next `make demo` starts clean
	@$(RUN) -m deploy.local.demo --reset

manage: venv ## a command in the running demo: make manage ARGS="registry_report"
	@set -a; . ./.demo/env; set +a; $(RUN) manage.py $(ARGS)

test: venv-test ## every test, on a PostgreSQL and a Redis of their own
	@$(RUN) -m pytest -n auto $(ARGS)

faults: venv-dev ## the long forms: races, kills, restarts, spoilt files (R-F01 to R-F09, R-F23)
	@$(RUN) -m pytest -n 0 -rP -m long tests/faults tests/support/sandbox $(ARGS)

bench-evidence: venv-dev ## how long a stranger's file takes, eight at once (P-14)
	@$(RUN) -m bench.evidence $(ARGS)

security: venv-test ## attacks at length: fuzzing, the whole matrix, timing, scanners (an hour or so)
	@$(RUN) -m pytest -n auto -rP -m security tests $(ARGS)

story: venv-dev ## the main job over HTTP on a private stack, one JSON line a step
	@$(RUN) -m tests.story $(ARGS)

journeys: venv-test ## every journey and page in a real browser: all views, scripts off, killed browsers
	@$(RUN) -m pytest -n 0 -rP -m "long or not long" tests/journeys --deselect tests/journeys/test_screens.py $(ARGS)

screens: venv-test ## a picture of every page, phone and desktop, light and dark: .screens/index.html
	@$(RUN) -m pytest -n 0 -q -m long tests/journeys/test_screens.py $(ARGS)

lint: venv-dev ## format, mistakes, Django's checks, missing migrations
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) manage.py check --settings tests.settings --fail-level WARNING
	@$(RUN) -W ignore manage.py makemigrations --settings tests.settings --check --dry-run

format: venv-dev ## put imports and lines in order
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

lock: venv-dev ## make the locked requirement files from the .in files
	@for name in requirements requirements-reading requirements-dev; do \
		PIP_CONFIG_FILE=/dev/null .venv/bin/uv pip compile --quiet --universal --generate-hashes \
			--python-version 3.11 $$name.in -o $$name.txt || exit 1; done

bom: venv-dev ## bills of materials (CycloneDX) of what is locked: .bom/ (needs the network)
	@mkdir -p .bom
	@for name in requirements requirements-reading; do \
		.venv/bin/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py requirements $$name.txt \
			--of JSON --output-reproducible -o .bom/$$name.cdx.json || exit 1; done
	@ls .bom

bench: venv-dev ## the desk at 10,000 to 1,000,000 tickets beside a bare view (QUICK=1: to 100,000)
	@$(RUN) -m bench $(if $(QUICK),--quick) $(ARGS)

messages: venv-dev ## bring the catalogues in locale/ up to date with the code (needs gettext)
	@$(RUN) manage.py makemessages --settings tests.settings -l nb -l sv -l da -l de \
		--no-wrap --add-location file -i .venv -i tests -i bench
	@$(RUN) -m deploy.local.catalogues

clean: ## remove what was made here, the demo's data too
	@if [ -x $(RUN) ] && [ -d .demo ]; then $(RUN) -m deploy.local.demo --reset; fi
	@rm -rf .venv .screens .bom .static .evidence .letters .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
