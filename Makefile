# A thin front of the CMake presets. `make help` lists the targets.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
BUILD := build/dev
.DEFAULT_GOAL := help
.PHONY: help setup build demo test lint lint-all format asan tsan bench bench-policies crash sim-alarms sim clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## install packages and third-party artifacts (idempotent, offline once done)
	@scripts/setup.sh

build: setup ## build everything into build/dev
	@scripts/build.sh dev

demo: setup ## the whole circle on the built-in simulator, from nothing
	@scripts/build.sh dev perennial perennial-trainer perennial-scorer
	@$(BUILD)/src/perennial demo $(if $(DEMO_WAIT),,--no-wait)

test: setup ## everything CI runs: format, lint of changed files, unit, scenario and process tests
	@scripts/test.sh

lint: setup ## clang-format and clang-tidy on files changed since the last commits
	@scripts/lint.sh changed

lint-all: setup ## clang-format and clang-tidy on the whole tree
	@scripts/lint.sh all

format: setup ## rewrite the sources with clang-format
	@git ls-files 'src/*.[ch]pp' 'tests/*.[ch]pp' 'bench/*.[ch]pp' | xargs clang-format-19 -i

asan: setup ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/sanitize.sh asan

tsan: setup ## the tests under ThreadSanitizer
	@scripts/sanitize.sh tsan

crash: build ## 200 kills of replay and server at random moments
	@PERENNIAL_KILLS=200 $(BUILD)/tests/test_process --gtest_filter='Kill*'

sim: build ## does the judge of a rollout err as seldom as it says? 10,000 rollouts per setting; under an hour
	@PERENNIAL_ROLLOUTS=10000 $(BUILD)/tests/test_rollout --gtest_filter='JudgeSimulation.*'

sim-alarms: build ## does the alarm budget hold, and how late are shifts seen? 300 stable streams per setting; under 90 minutes
	@PERENNIAL_ALARM_STREAMS=300 $(BUILD)/tests/test_drift --gtest_also_run_disabled_tests \
	  --gtest_filter='AlarmBudget.stable_streams*:DetectionDelay.DISABLED_whole_draw'

bench: setup ## benchmarks of the hot paths and the replay of a million rows
	@scripts/bench.sh

bench-policies: setup ## retraining policies on five public histories at three prices, under an hour
	@bench/policies.sh

clean: ## remove the build folders
	@rm -rf build
