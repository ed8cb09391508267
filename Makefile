# Each target does all its own set-up: a machine with Go, make and git needs
# nothing else. The first build compiles the Azure SDK and the Pulumi CLI and
# takes some minutes; later ones take seconds.

SHELL := /bin/bash
BIN := bin
PULUMI_VERSION := v3.250.0
STRIP := -ldflags "-s -w"
PROGRESS := tools/progress
GO_FILES := $(shell find cmd internal modules policies promises runbooks stacks -name '*.go' -o -name '*.rego' -o -name '*.yaml' -o -name '*.tsv' -o -name '*.json')
RULES := policies/lib policies/rules
OPA := $(BIN)/tools/opa
AZURITE := $(BIN)/tools/azurite/node_modules/.bin/azurite-blob

PACK := policies/compiled/pack

PROGRAMS := $(BIN)/tillit $(BIN)/runbook $(BIN)/pulumi-analyzer-policy-tillit $(BIN)/estate $(BIN)/rehearse $(BIN)/rehearsal/pulumi-resource-azure-native

.PHONY: help
help: ## say what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: rehearse
rehearse: setup setup-data build $(AZURITE) $(BIN)/tools/pulumi ## set up, build and rehearse ledger-no on this machine
	@$(BIN)/rehearse

.PHONY: test
test: setup setup-data build $(AZURITE) $(BIN)/tools/pulumi $(BIN)/tools/conftest lint test-rules ## set up, build and run every test
	@$(PROGRESS) "go test" go test -timeout 40m ./...

.PHONY: build
build: $(PROGRAMS) ## build the programs into bin/

.PHONY: lint
lint: $(BIN)/tools/golangci-lint ## check the layers, the clock rule and the style
	@$(PROGRESS) "golangci-lint" $(BIN)/tools/golangci-lint run ./...

.PHONY: test-rules
test-rules: $(OPA) ## check, format-check and test the Rego rules
	@$(OPA) check --strict $(RULES)
	@unformatted=$$($(OPA) fmt -l $(RULES)); [ -z "$$unformatted" ] || { echo "opa fmt would change: $$unformatted" >&2; exit 1; }
	@$(OPA) test --timeout 120s $(RULES) policies/data
	@$(OPA) test --timeout 120s --coverage --threshold 100 $(RULES) policies/data >/dev/null || { echo "a line of a rule is not covered: run $(OPA) test --coverage $(RULES) policies/data" >&2; exit 1; }

BENCHRUNS ?= 3

.PHONY: bench
bench: setup-data build $(AZURITE) $(BIN)/tools/pulumi $(OPA) $(BIN)/tools/conftest ## measure the gate beside opa and conftest, and the drills beside the same by hand
	@set -o pipefail; go test -run '^$$' -bench . -benchtime $(BENCHRUNS)x -timeout 60m ./tests/bench | tee $(BIN)/bench.txt
	@set -o pipefail; go test -run '^$$' -bench 'Restore|Twenty' -benchtime 1x -timeout 60m ./runbooks | tee -a $(BIN)/bench.txt
	@tools/bench <$(BIN)/bench.txt
	@go test -run '^$$' -bench . -benchmem ./internal/...

.PHONY: mutate
mutate: ## weaken the estates in every way and count what the gate lets through
	@go test -timeout 2h -run TestMutantsAreCaught -v ./tests/mutation -mutants all

.PHONY: chaos
# A part of it: make chaos CHAOS=TestFaults
CHAOS ?= Test
chaos: setup setup-data $(AZURITE) $(BIN)/tools/pulumi ## kill drills at every boundary and 200 random moments, and disturb them in every way
	@go test -timeout 4h -parallel 3 -v ./tests/drills -everything -run '$(CHAOS)'

FUZZTIME ?= 10m

.PHONY: fuzz
fuzz: ## fuzz every parser, each for FUZZTIME (10m)
	@tools/fuzz $(FUZZTIME)

.PHONY: tools
tools: $(BIN)/tools/pulumi $(BIN)/tools/golangci-lint $(OPA) $(BIN)/tools/conftest ## build the tools from pinned source

.PHONY: setup
setup:
	@tools/setup git

# What stands behind the rehearsal's databases and storage accounts.
.PHONY: setup-data
setup-data:
	@tools/setup node=nodejs npm pgbackrest /usr/lib/postgresql/15/bin/postgres=postgresql-15

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN) $(PACK)

$(PACK): $(GO_FILES) go.sum
	@$(PROGRESS) "compiling the policy pack" go run ./internal/gate/gen policies

$(BIN)/tillit $(BIN)/pulumi-analyzer-policy-tillit: $(PACK) $(GO_FILES) go.sum
	@$(PROGRESS) "building $(@F)" go build $(STRIP) -o $@ ./cmd/$(@F)

$(BIN)/runbook: $(GO_FILES) go.sum
	@$(PROGRESS) "building $(@F)" go build $(STRIP) -o $@ ./cmd/$(@F)

$(BIN)/estate $(BIN)/rehearse: $(PACK) $(GO_FILES) go.sum
	@$(PROGRESS) "building $(@F) (the first time compiles the Azure SDK, about 5 minutes)" go build $(STRIP) -o $@ ./cmd/$(@F)

$(BIN)/rehearsal/pulumi-resource-azure-native: $(GO_FILES) go.sum
	@$(PROGRESS) "building the rehearsal's provider" go build $(STRIP) -o $@ ./internal/rehearsal/cmd/$(@F)

$(BIN)/tools/pulumi: tools/go.sum tools/pulumi
	@tools/pulumi $@ $(PULUMI_VERSION)

$(BIN)/tools/golangci-lint: tools/go.sum
	@$(PROGRESS) "building golangci-lint (the first time about 3 minutes)" go build -C tools $(STRIP) -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(BIN)/tools/opa: tools/peers/go.sum
	@$(PROGRESS) "building opa" go build -C tools/peers $(STRIP) -o ../../$@ github.com/open-policy-agent/opa

$(BIN)/tools/conftest: tools/peers/go.sum
	@$(PROGRESS) "building conftest" go build -C tools/peers $(STRIP) -o ../../$@ github.com/open-policy-agent/conftest

$(AZURITE): tools/azurite/package-lock.json
	@mkdir -p $(BIN)/tools/azurite && cp tools/azurite/package*.json $(BIN)/tools/azurite/
	@$(PROGRESS) "installing Azurite" npm ci --prefix $(BIN)/tools/azurite --no-audit --no-fund --loglevel=error
	@touch $@
