# Thin front: Meson does the work, this page names the doors. `make help` lists them.
BUILD ?= build

.DEFAULT_GOAL := build
.PHONY: help deps deps-test deps-fuzz deps-wide wasm build cometbft cluster run test bench fuzz asan soak tidy clean clean-data

help:
	@sed -n 's/^## //p' Makefile

## make deps        install what is missing (Debian packages); make deps-wide: a browser and arm64
##                  for the tests that are skipped without
deps:
	@tools/install-deps.sh run

deps-test:
	@tools/install-deps.sh test

deps-fuzz:
	@tools/install-deps.sh fuzz

deps-wide:
	@tools/install-deps.sh wide

## make build       leave the program at build/guzheng
build: deps $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --buildtype=debugoptimized

## make cometbft    the consensus engine of the chain (needs Go 1.22; `make run` does not need it)
cometbft: $(BUILD)/bin/cometbft

$(BUILD)/bin/cometbft: tools/install-cometbft.sh
	@tools/install-cometbft.sh $(BUILD)/bin

## make cluster     the consortium chain on loopback, until Ctrl-C; SUITE=intl, BASE_PORT=N
cluster: build cometbft
	@tools/cluster/run.py var/cluster-$(or $(SUITE),gm) --suite $(or $(SUITE),gm) \
		--base-port $(or $(BASE_PORT),19080)

## make run         the demonstration consortium; ONCE=1 does the main job and ends; SUITE=intl
run: build
	@tools/run-demo.sh

## make test        all tests
test: deps-test build
	@tools/run-tests.sh $(BUILD)

## make bench       speed, ours beside the peer (docs/performance.md)
bench: deps-test build
	@tools/run-bench.sh $(BUILD)

## make wasm        the verifier for browsers: build/verify-core (web/verify-core)
wasm: deps-test
	@tools/build-wasm.sh $(BUILD)/verify-core
	@ls -l $(BUILD)/verify-core/guzheng.wasm

## make fuzz        every decoder under libFuzzer; SECONDS_EACH=60
fuzz: deps-fuzz
	@tools/run-fuzz.sh

## make asan        all tests under the address and undefined-behaviour sanitizers
asan: deps-test
	@[ -f build-asan/build.ninja ] || meson setup build-asan -Db_sanitize=address,undefined
	@ninja -C build-asan
	@UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		LSAN_OPTIONS=suppressions=$(CURDIR)/tools/leaks-of-others.txt:print_suppressions=0 \
		tools/run-tests.sh build-asan

## make soak        the long campaigns
soak: deps-test build
	@tools/run-tests.sh $(BUILD) soak

## make tidy        order of folders, sizes, words that may not stand in src
tidy: deps
	@/usr/bin/python3 tools/tidy.py

## make clean       forget the build
clean:
	@rm -rf $(BUILD) build-fuzz build-asan

## make clean-data  forget the state under var/
clean-data:
	@rm -rf var
