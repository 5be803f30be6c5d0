#include "rollout/judge.hpp"

#include <gtest/gtest.h>

#include "rollout/scene.hpp"

namespace perennial::rollout {
namespace {

struct LatencyRow {
  const char* why;
  std::uint64_t samples, over;
  double p99_ms;
  Verdict verdict;
};

TEST(JudgeSafety, slow_runs_are_seen_in_short_phases_too) {
  const Plan p = test::plan();  // p99 of 200 ms
  const std::vector<LatencyRow> rows = {
      {"nothing measured", 0, 0, 0, Verdict::pass},
      {"nine slow runs: the first of a version may be", 9, 9, 900, Verdict::pass},
      {"one of ten: the p99 of ten values is their largest, and says nothing", 10, 1, 900, Verdict::pass},
      {"two of ten may be chance", 10, 2, 900, Verdict::pass},
      {"three of ten are not", 10, 3, 900, Verdict::fail},
      {"all of twenty", 20, 20, 900, Verdict::fail},
      {"none of twenty", 20, 0, 5, Verdict::pass},
      {"three of ninety-nine", 99, 3, 900, Verdict::pass},
      {"six of ninety-nine", 99, 6, 900, Verdict::fail},
      {"from a hundred on the p99 itself decides", 100, 2, 201, Verdict::fail},
      {"and only it", 100, 1, 199, Verdict::pass},
  };
  for (const auto& row : rows) {
    Evidence e;
    e.challenger.requests = 1000;
    e.challenger.latency_samples = row.samples;
    e.challenger.latency_over = row.over;
    e.challenger.latency_ms_p99 = row.p99_ms;
    EXPECT_EQ(judge_safety(p, e).verdict, row.verdict) << row.why << ": " << judge_safety(p, e).reason;
  }
}

}  // namespace
}  // namespace perennial::rollout
