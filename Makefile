# Counterfoil: everything a developer runs. `make help` lists it.
# Programs and tests are one release build; SWIFT_FLAGS adds to it (for example SWIFT_FLAGS="-j 2").

export SWIFT_FLAGS ?=
BUILD := scripts/build.sh --build-tests
LINTED := Sources Tests Benchmarks Package.swift

.PHONY: help demo box test test-full bench fuzz release install-deps lint format completions build clean deb box-cuts box-replay

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: install-deps build ## play a short day: two lanes, a wallet whose answer gets lost, a power cut, a return, two shifts, Z
	@python3 scripts/demo.py

box: install-deps build ## a box to try things on, in .build/box, with a virtual printer and an open shift, until Ctrl-C
	@python3 scripts/box.py

test: ## everything that must hold before a change lands, side by side where it can: a sample of the kill matrices, a box in QEMU and its power cuts
	@python3 scripts/test.py $(TEST_FLAGS)

test-full: ## as test, with the whole kill matrices, 20,000 simulator seeds and more power cuts
	@python3 scripts/test.py --full

bench: install-deps build ## measure beside the C floors; writes bench.json (PART="start memory": only these)
	@python3 Benchmarks/bench.py $(PART)

fuzz: install-deps ## libFuzzer, 30 s for each parser of outside bytes (SECONDS_EACH=n)
	@scripts/fuzz.sh

release: install-deps ## stripped static programs in .build/release-stripped
	@scripts/release.sh

deb: ## the Debian package, in .build/package
	@scripts/install-deps.sh --with package
	@debian/rules clean
	@debian/rules binary
	@ls -l .build/package/*.deb

box-cuts: deb ## pull the plug on a box in QEMU that sells (CUTS=n, SEED=s)
	@scripts/install-deps.sh --with box
	@Tests/Box/cuts.py --cuts $(or $(CUTS),20) --seed $(or $(SEED),1)

box-replay: deb ## every recorded write of a box in QEMU as a power cut (CUTS=n, SEED=s)
	@scripts/install-deps.sh --with box
	@Tests/Box/replay.py --cuts $(or $(CUTS),1000) --seed $(or $(SEED),1)

install-deps: ## install missing Debian packages
	@scripts/install-deps.sh

lint: ## formatting and naming rules
	@swift format lint --strict -r $(LINTED)

format: ## rewrite the sources to the formatting rules
	@swift format -i -r $(LINTED)

completions: build ## write completions/counterfoil.bash anew
	@.build/release/counterfoil --generate-completion-script bash > completions/counterfoil.bash

build: ## programs and tests, one release build
	@$(BUILD)

clean: ## remove everything that was built
	@rm -rf .build .venv bench.json
