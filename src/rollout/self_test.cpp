#include "rollout/self_test.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/hash.hpp"
#include "rollout/judge.hpp"
#include "rollout/split.hpp"

namespace perennial::rollout {
namespace {

std::string_view bytes_of(const std::uint64_t& unit) { return {reinterpret_cast<const char*>(&unit), sizeof unit}; }

/// True where harm is found in one deal.
bool stops(const Plan& plan, std::span<const SelfTestRow> rows, std::uint32_t challengers, std::uint64_t salt) {
  ArmRecorder recorder(plan);
  const Stage stage{.decides = false, .harm_alpha = harm_alpha};
  TargetLoss loss;
  std::uint64_t seen = 0;
  for (const auto& row : rows) {
    if (bucket_of(bytes_of(row.unit), salt) >= challengers) {
      recorder.add_champion(row.loss, row.entity);
      continue;
    }
    recorder.add_challenger(row.loss, row.entity);
    if (++seen % self_test_rows_between_looks != 0) continue;
    loss.unpaired = recorder.evidence();
    if (find(plan, stage, loss).why == Finding::Why::harm) return true;
  }
  return false;
}

}  // namespace

SelfTest self_test(const Plan& plan, std::span<const SelfTestRow> rows, std::uint64_t draws, std::uint64_t seed) {
  SelfTest test{.rows = rows.size(), .draws = rows.empty() ? 0 : draws};
  if (test.draws == 0) return test;
  Plan split = plan;
  split.use_paired = false;  // the differences of a version and itself are 0
  const std::uint32_t challengers = challenger_buckets(plan.steps.empty() ? 0.5 : plan.steps.front().weight);
  for (std::uint64_t draw = 0; draw < test.draws; ++draw)
    if (stops(split, rows, challengers, hash64(bytes_of(draw), seed))) ++test.stopped;
  const auto n = static_cast<double>(test.draws);
  const double p = test.rate = static_cast<double>(test.stopped) / n;
  constexpr double z = 1.959963984540054;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  test.low = std::max(0.0, centre - half);
  test.high = std::min(1.0, centre + half);
  return test;
}

Json to_json(const SelfTest& test) {
  return {{"rows", test.rows}, {"draws", test.draws}, {"stopped", test.stopped},
          {"rate", test.rate}, {"low", test.low},     {"high", test.high}};
}

}  // namespace perennial::rollout
