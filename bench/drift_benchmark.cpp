// One drift report: 30 numeric columns, 1000 current rows against 5000 of the reference, all default tests. Preparing
// the reference (once per champion) is timed by itself.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "core/rng.hpp"
#include "drift/detect.hpp"

namespace perennial::bench {
namespace {

constexpr std::size_t columns = 30;
constexpr std::size_t reference_rows = 5000;
constexpr std::size_t current_rows = 1000;

struct Rows {
  std::vector<std::string> names;
  std::vector<std::vector<double>> numbers;
  std::vector<ColumnView> views;

  Rows(std::size_t rows, std::uint64_t seed) {
    Rng rng(seed);
    for (std::size_t c = 0; c < columns; ++c) {
      names.push_back("x" + std::to_string(c));
      numbers.emplace_back();
      for (std::size_t i = 0; i < rows; ++i) numbers.back().push_back(rng.normal());
    }
    for (std::size_t c = 0; c < columns; ++c) views.push_back({names[c], ColumnKind::numeric, numbers[c], {}, nullptr});
  }
};

void drift_report(benchmark::State& state) {
  const Rows before(reference_rows, 1);
  const Rows now(current_rows, 2);
  const drift::DriftSettings settings;
  const auto reference = drift::Reference::prepare(before.views, settings);
  for (auto _ : state) benchmark::DoNotOptimize(drift::detect(reference, now.views, settings));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(columns * (reference_rows + current_rows)));
}
BENCHMARK(drift_report)->Unit(benchmark::kMicrosecond);

void prepare_reference(benchmark::State& state) {
  const Rows before(reference_rows, 1);
  const drift::DriftSettings settings;
  for (auto _ : state) benchmark::DoNotOptimize(drift::Reference::prepare(before.views, settings));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(columns * reference_rows));
}
BENCHMARK(prepare_reference)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace perennial::bench
