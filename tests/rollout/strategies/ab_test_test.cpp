#include <gtest/gtest.h>

#include "rollout/scene.hpp"

namespace perennial::rollout {
namespace {

using std::chrono::hours;
using namespace test;

/// Arms of one half each, an effect of 10 % to detect, looks at 1000, 2000, 4000 and 8000 rows.
Plan two_arms() {
  Plan p = plan();
  p.strategy = "ab_test";
  p.effect = 0.1;
  p.use_paired = false;
  p.steps = {{.weight = 0.5, .bake = {.duration = hours(24), .rows = 0}}};
  return p;
}

Evidence of_arms(const Plan& p, const RolloutState& state, std::uint64_t n, double difference, double error) {
  Evidence e = evidence(state, 0);
  for (auto& target : e.targets) {
    target.paired = {};
    target.unpaired = gathered(p, losses(n, difference, error, p));
  }
  return e;
}

TEST(AbTest, ends_with_the_better_arm_or_with_the_effect_excluded) {
  struct Row {
    const char* about;
    std::uint64_t n;
    double difference, error;
    ActionKind kind;
    Verdict verdict;
    const char* says;
  };
  const Row rows[] = {
      {"shown to be better", 1000, -0.2, 0.03, ActionKind::promote, Verdict::pass, "for better"},
      {"better, but it may be chance", 1000, -0.05, 0.05, ActionKind::hold, Verdict::inconclusive, ""},
      {"equal, and known so well that 10 % are excluded", 4000, 0.0, 0.02, ActionKind::abort, Verdict::inconclusive,
       "the effect is excluded"},
      {"equal, not known well yet", 1000, 0.0, 0.08, ActionKind::hold, Verdict::inconclusive, ""},
      {"equal, nothing shown by the last look", 8000, -0.05, 0.03, ActionKind::abort, Verdict::inconclusive,
       "the last look has shown nothing"},
      {"harm", 1000, 0.5, 0.03, ActionKind::abort, Verdict::fail, "worse"},
      {"no labels", 0, 0, 0, ActionKind::hold, Verdict::inconclusive, "no label"},
  };
  const Plan p = two_arms();
  RolloutState state = begin(p);
  state.phase = Phase::canary;
  state.weight = 0.5;
  for (const auto& row : rows) {
    const auto next = decide(p, state, of_arms(p, state, row.n, row.difference, row.error), t0 + hours(24));
    EXPECT_EQ(next.kind, row.kind) << row.about << ": " << next.reason;
    EXPECT_EQ(next.verdict, row.verdict) << row.about << ": " << next.reason;
    EXPECT_NE(next.reason.find(row.says), std::string::npos) << row.about << ": " << next.reason;
  }
  EXPECT_EQ(decide(p, state, of_arms(p, state, 1000, -0.2, 0.03), t0 + hours(23)).kind, ActionKind::hold)
      << "weekdays differ: it lasts at least as long as was said";
  Evidence one_worse = of_arms(p, state, 1000, -0.2, 0.03);
  one_worse.targets[1].unpaired = gathered(p, losses(1000, 0.08, 0.1, p));
  EXPECT_EQ(decide(p, state, one_worse, t0 + hours(24)).kind, ActionKind::hold)
      << "a better target does not pay for one that looks worse than allowed";
}

}  // namespace
}  // namespace perennial::rollout
