// Stream detectors per value, in batches of 10 000 from one stream that is made beforehand; defaults. The streams are
// those of performance.md's peers: uniform numbers, or errors at a rate of 0.2. `_one` calls update() per value,
// `_clock_1` looks at every value.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "drift/stream.hpp"

namespace perennial::bench {
namespace {

constexpr std::size_t rows = 1 << 20;
constexpr std::size_t batch = 10000;

std::vector<double> stream(bool errors) {
  Rng rng(1);
  std::vector<double> values(rows);
  for (double& value : values) value = errors ? (rng.uniform() < 0.2 ? 1 : 0) : rng.uniform();
  return values;
}

std::unique_ptr<drift::StreamDetector> detector(const std::string& name, const std::string& parameters) {
  const auto node = ConfigNode::parse(parameters, "benchmark");
  if (!node) std::abort();
  auto made = drift::StreamChoice{name, *node}.make(Task::binary);
  if (!made) std::abort();
  return std::move(*made);
}

void many(benchmark::State& state, const std::string& name, const std::string& parameters, bool errors) {
  const auto values = stream(errors);
  const auto watching = detector(name, parameters);
  std::vector<drift::Zone> zones(batch);
  std::size_t first = 0;
  std::size_t drifts = 0;
  for (auto _ : state) {
    watching->update(std::span(values).subspan(first, batch), zones);
    for (const auto zone : zones) drifts += zone == drift::Zone::drift;
    first = first + 2 * batch <= rows ? first + batch : 0;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  state.counters["ns_per_value"] =
      benchmark::Counter(static_cast<double>(batch) * 1e-9 * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["alarms"] = static_cast<double>(drifts);
}

void one(benchmark::State& state, const std::string& name, bool errors) {
  const auto values = stream(errors);
  const auto watching = detector(name, "{}");
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(watching->update(values[next]));
    next = (next + 1) & (rows - 1);
  }
}

BENCHMARK_CAPTURE(many, adwin, "adwin", "{}", false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, adwin_errors, "adwin", "{}", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, adwin_clock_1, "adwin", "{clock: 1}", false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, page_hinkley, "page_hinkley", "{}", false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, ddm, "ddm", "{}", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, eddm, "eddm", "{}", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, hddm_a, "hddm_a", "{}", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, hddm_w, "hddm_w", "{}", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, kswin, "kswin", "{}", false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, cusum, "cusum", "{}", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(many, self_starting_cusum, "self_starting_cusum", "{}", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(one, page_hinkley_one, "page_hinkley", false);
BENCHMARK_CAPTURE(one, ddm_one, "ddm", true);

}  // namespace
}  // namespace perennial::bench
