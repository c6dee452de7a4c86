# A thin face over the CMake presets: all of this can be done by hand with cmake and ctest.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: run selfproof test build bench lint format interop conformance litellm report-test install deb package-test gcc sanitize tsan threads help clean

run: build  ## install what is missing, build, play the scenario library
	@build/lockstep run scenarios/library

selfproof: build  ## do the checks catch gateways that are broken on purpose?
	@build/lockstep selfproof scenarios/library

test: tested-packages  ## the same set-up, then all tests
	@tools/build release
	@$(link)
	@tools/test release

build: packages  ## build/lockstep
	@tools/build release lockstep
	@$(link)

bench: packages  ## measure: a chunk against a bare relay, parsing, relaying, simulating
	@tools/setup bench
	@tools/build release
	@tools/bench

lint: tested-packages  ## coroutine forms, banned words and symbols, layout
	@tools/build release
	@tools/lint

format: tested-packages  ## let clang-format have its way
	@tools/lint format --fix

interop: build  ## real clients and a real MCP server around our gateway
	@tools/setup interop python
	@interop/run

conformance: build  ## the official MCP suite at our mock and /mcp; real MCP clients and servers
	@tools/setup interop
	@interop/conformance/run

litellm: build  ## the seed against three releases of LiteLLM, the library against Portkey and nginx
	@tools/setup interop python gateways
	@interop/litellm/prove

PREFIX ?= /usr/local
install: build  ## lockstep, its scenarios, editors' files and CMake package into PREFIX
	@cmake --install build/release --prefix "$(PREFIX)"

deb: build  ## the same as a Debian package
	@tools/setup package
	@cd build/release && cpack

package-test: build  ## install it, and use it outside of this tree
	@tools/setup package
	@tools/package-test

report-test: build  ## the HTML report in a headless Chromium
	@tools/setup browser
	@tests/html/run

# Scenarios on real sockets are judged by time, which a sanitizer or an unoptimised build
# changes: `make test` plays them, these targets play all the rest.
simulated = --label-exclude real

sanitize: packages  ## all tests but those of real time, under the address and undefined-behaviour sanitizers
	@tools/setup sanitize
	@tools/build dev
	@tools/test dev $(simulated)

tsan: packages  ## all tests under the thread sanitizer
	@tools/setup sanitize
	@tools/build tsan
	@tools/test tsan $(simulated)

threads: packages  ## the library on many threads under the thread sanitizer
	@tools/setup sanitize
	@tools/build tsan lockstep
	@build/tsan/scenarios/lockstep run --jobs 4 scenarios/library

gcc: build  ## all tests of a GCC 12 build, and does its program tell the same stories?
	@tools/setup gcc
	@tools/build gcc
	@tools/test gcc $(simulated)
	@tools/same_trace release gcc

clean:  ## remove build/
	@rm -rf build

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: packages tested-packages
packages:
	@tools/setup build
tested-packages:
	@tools/setup build test

link = ln -sfn release/scenarios/lockstep build/lockstep
