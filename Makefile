# The workshop. `make` or `make help` lists what there is.

FUZZTIME    ?= 10s
BENCH       ?= .
TESTFLAGS   ?=
RUN_FLAGS   ?=
DRILL       ?=
LOAD_PEOPLE ?= 20000
LOAD_FLAGS  ?=
LOAD_WRITE  ?=
STATICCHECK  = go tool -modfile=tools/go.mod staticcheck

.DEFAULT_GOAL := help
.PHONY: help build run test test-idp race fuzz drill bench load cover vet lint check sizes tools clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

build: ## build bin/scimbridge, without what only debuggers read
	go build -trimpath -ldflags='-s -w' -o bin/scimbridge ./cmd/scimbridge

run: build ## build and serve; the first start makes a demo tenant (RUN_FLAGS=…)
	./bin/scimbridge serve --demo $(RUN_FLAGS)

test: ## run all tests on SQLite and PostgreSQL (TESTFLAGS=-v, say)
	@tools/need-postgres.sh
	@tools/need-chromium.sh
	@tools/need-drill-tools.sh
	tools/with-postgres.sh go test -shuffle=on -timeout=20m $(TESTFLAGS) ./...

race: ## run all tests under the race detector (slow, needs a C compiler)
	@tools/need-postgres.sh
	@tools/need-chromium.sh
	@tools/need-drill-tools.sh
	tools/with-postgres.sh go test -race -shuffle=on -timeout=60m $(TESTFLAGS) ./...

test-idp: ## sign in through SimpleSAMLphp, which Debian has (installs it)
	@tools/need-postgres.sh
	tools/test-idp.sh $(TESTFLAGS)

fuzz: ## fuzz every target for FUZZTIME (10s)
	tools/fuzz.sh $(FUZZTIME)

drill: ## kill servers, fail disks and cut connections under load, and compare with a ledger (DRILL=Kill)
	@tools/need-postgres.sh
	@tools/need-drill-tools.sh
	SCIMBRIDGE_TEST_DRILL=1 tools/with-postgres.sh go test -count=1 -v -timeout=60m -run '^TestDrill$(DRILL)' ./cmd/scimbridge

bench: ## run the benchmarks that match BENCH (all)
	@tools/need-postgres.sh
	tools/with-postgres.sh go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

load: build ## fill a server with LOAD_PEOPLE (20000) and measure it; LOAD_WRITE=1 for docs
	go build -o bin/bench ./bench
	@mkdir -p tmp
	bin/bench drill -server bin/scimbridge -dir tmp -people $(LOAD_PEOPLE) \
		$(if $(filter 1,$(LOAD_WRITE)),-markdown docs/performance.md) $(LOAD_FLAGS)

cover: ## run all tests and report what they cover
	@tools/need-postgres.sh
	@tools/need-chromium.sh
	tools/with-postgres.sh go test -timeout=20m -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -func=cover.out | tail -1

vet: ## run go vet
	go vet ./...

lint: ## check the format and run staticcheck
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || \
		{ echo "not formatted, run gofmt -w on:" $$unformatted; exit 1; }
	$(STATICCHECK) ./...

check: ## all that continuous integration runs: vet, lint, test
	@.ci/run

sizes: ## report the sizes of files and functions
	@go run -C tools ./sizes ..

tools: ## fetch and build the tools, and install PostgreSQL and Chromium where missing
	go mod download
	$(STATICCHECK) -version
	tools/need-postgres.sh
	tools/need-chromium.sh

clean: ## remove what the other targets made
	rm -rf bin cover.out
