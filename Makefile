# The workshop. `make` or `make help` lists what there is.

FUZZTIME   ?= 10s
BENCH      ?= .
TESTFLAGS  ?=
RUN_FLAGS  ?=
STATICCHECK = go tool -modfile=tools/go.mod staticcheck

.DEFAULT_GOAL := help
.PHONY: help build run test race fuzz bench cover vet lint check sizes tools clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

build: ## build bin/scimbridge
	go build -o bin/scimbridge ./cmd/scimbridge

run: build ## build and serve; the first start makes a demo tenant (RUN_FLAGS=…)
	./bin/scimbridge serve --demo $(RUN_FLAGS)

test: ## run all tests on SQLite and PostgreSQL (TESTFLAGS=-v, say)
	@tools/need-postgres.sh
	tools/with-postgres.sh go test -shuffle=on $(TESTFLAGS) ./...

race: ## run all tests under the race detector (slow, needs a C compiler)
	@tools/need-postgres.sh
	tools/with-postgres.sh go test -race -shuffle=on $(TESTFLAGS) ./...

fuzz: ## fuzz every target for FUZZTIME (10s)
	tools/fuzz.sh $(FUZZTIME)

bench: ## run the benchmarks that match BENCH (all)
	@tools/need-postgres.sh
	tools/with-postgres.sh go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

cover: ## run all tests and report what they cover
	@tools/need-postgres.sh
	tools/with-postgres.sh go test -coverpkg=./... -coverprofile=cover.out ./...
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

tools: ## fetch and build the tools, and install PostgreSQL where missing
	go mod download
	$(STATICCHECK) -version
	tools/need-postgres.sh

clean: ## remove what the other targets made
	rm -rf bin cover.out
