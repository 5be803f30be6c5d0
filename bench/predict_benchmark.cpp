// Predict in process: route, derive, score with ONNX Runtime, account, hand the record on. No HTTP, no log on disk.

#include <benchmark/benchmark.h>

#include "core/rng.hpp"
#include "trees.hpp"

namespace perennial::bench {
namespace {

constexpr std::size_t distinct_batches = 64;  // repeated rows would flatter the trees' branches

void predict(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  auto table = tree_table();
  if (!table) return state.SkipWithError(table.error().message().c_str());
  serving::Router router;
  if (const auto installed = router.install(*table); !installed)
    return state.SkipWithError(installed.error().message().c_str());
  std::size_t logged = 0;
  serving::Predictor predictor(router, [&](const std::string&, auto record) { logged += record->rows(); });
  std::vector<serving::PredictBatch> prepared;
  for (std::size_t i = 0; i < distinct_batches; ++i) prepared.push_back(tree_rows(i * rows, rows, ""));
  std::uint64_t id = 0;
  for (auto _ : state) {
    state.PauseTiming();  // building the request is the caller's work
    serving::PredictBatch batch = prepared[id % distinct_batches];
    for (auto& text : batch.ids) text = std::to_string(id++);
    state.ResumeTiming();
    const auto answer = predictor.predict(tree_model, std::move(batch));
    if (!answer) return state.SkipWithError(answer.error().message().c_str());
    benchmark::DoNotOptimize(answer->outputs.values.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["logged"] = static_cast<double>(logged);
}
BENCHMARK(predict)->ArgName("rows")->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond);

/// The share of it that is ONNX Runtime.
void session_run(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  auto table = tree_table();
  if (!table) return state.SkipWithError(table.error().message().c_str());
  const auto& scorer = *(*table)->models.front().champion.scorer;
  Rng rng(3);
  std::vector<features::InputBatch> batches(distinct_batches);
  for (auto& batch : batches) {
    batch.rows = rows;
    batch.numeric_count = tree_columns;
    for (std::size_t i = 0; i < rows * tree_columns; ++i) batch.numbers.push_back(static_cast<float>(rng.normal()));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const auto answer = scorer.run(batches[next++ % distinct_batches]);
    if (!answer) return state.SkipWithError(answer.error().message().c_str());
    benchmark::DoNotOptimize(answer->values.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(session_run)->ArgName("rows")->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace perennial::bench
