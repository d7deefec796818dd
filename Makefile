# drivercat: the commands of the house. A fresh Debian machine with make, Go and a C compiler needs nothing else for
# `make demo` and `make test`.

GO ?= go
# Without git, or from a tarball, the version is "dev"; the module's own version is used where the linker gets none.
VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS = -X main.version=$(VERSION)
# No stamping by Go: git refuses to speak about a checkout of another user, and the build would fail with it.
BUILD = $(GO) build -buildvcs=false -trimpath
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
MINGW = x86_64-w64-mingw32-gcc
WINDOWS = GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=$(MINGW)
FUZZTIME ?= 10s
TESTFLAGS ?=

# The embedded store is SQLite: C code, so cgo is not a choice.
export CGO_ENABLED = 1

.PHONY: help build demo test race check format vet staticcheck windows fuzz bench ids clean

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

build: ## bin/drivercat
	$(BUILD) -ldflags '$(LDFLAGS)' -o bin/drivercat ./cmd/drivercat

demo: build ## the main job on samples/, in a temporary folder
	@.ci/demo

test: ## all tests
	$(GO) test $(TESTFLAGS) ./...

race: ## all tests with the race detector
	$(GO) test -race $(TESTFLAGS) ./...

check: format vet staticcheck ## what must be clean before a commit

format:
	@bad=$$(gofmt -l cmd inf catalog packager samples); [ -z "$$bad" ] || { echo "not formatted, run gofmt -w on:"; echo "$$bad"; exit 1; }

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) run $(STATICCHECK) ./...

windows: ## bin/drivercat.exe, cross-built (apt-get install gcc-mingw-w64-x86-64)
	@command -v $(MINGW) >/dev/null || { echo "$(MINGW) is missing: apt-get install gcc-mingw-w64-x86-64"; exit 1; }
	$(WINDOWS) $(GO) vet ./...
	$(WINDOWS) $(BUILD) -ldflags '$(LDFLAGS) -extldflags=-static' -o bin/drivercat.exe ./cmd/drivercat

fuzz: ## every fuzz target for FUZZTIME (10s)
	@.ci/fuzz $(FUZZTIME)

bench: ## benchmarks, each beside what it is compared with
	@.ci/bench

ids: ## names of devices anew from Debian's lists (apt-get install pci.ids usb.ids)
	$(GO) test ./inf/hwid/idname -count=1 -run '^TestData$$' -update -v

clean:
	rm -rf bin
