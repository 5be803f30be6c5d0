// What a fault of a challenger looks like to the judge, from the first of its requests or after a million good ones.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "rollout/scene.hpp"
#include "rollout/simulated_rollouts.hpp"

namespace perennial::rollout {
namespace safety_tests {

struct SafetyRow {
  const char* why;
  ArmEvidence arm;
  Verdict verdict;
};

ArmEvidence after(std::uint64_t good, RecentEvidence recent) {
  ArmEvidence arm;
  arm.requests = good + recent.requests;
  arm.errors = recent.errors;
  arm.latency_samples = good + recent.latency_samples;
  arm.latency_over = recent.latency_over;
  arm.latency_ms_p99 = 5;
  arm.recent = recent;
  return arm;
}

TEST(Safety, a_fault_is_not_hidden_by_the_good_answers_before_it) {
  const Plan p = test::plan();  // 1 % of errors, p99 of 200 ms
  constexpr std::uint64_t hour = 180'000;
  const std::vector<SafetyRow> rows = {
      {"no error at all", after(hour, {100, 0, 100, 0}), Verdict::pass},
      {"as many errors as allowed", after(hour, {200, 2, 200, 0}), Verdict::pass},
      {"a few more are chance, when one looks every second for days", after(hour, {200, 9, 200, 0}), Verdict::pass},
      {"every second answer is an error", after(hour, {60, 30, 60, 0}), Verdict::fail},
      {"one in ten", after(hour, {500, 50, 500, 0}), Verdict::fail},
      {"too few requests for a rate", after(hour, {49, 49, 49, 0}), Verdict::pass},
  };
  for (const auto& row : rows) {
    Evidence e;
    e.challenger = row.arm;
    EXPECT_EQ(judge_safety(p, e).verdict, row.verdict) << row.why << ": " << judge_safety(p, e).reason;
  }
}

// The bound of a latency is one of a percentile, over a window: neither one slow answer nor an hour of quick ones
// decides.
TEST(Safety, trap_23_latency_is_bounded_in_a_percentile_and_over_a_window) {
  const Plan p = test::plan();
  constexpr std::uint64_t hour = 180'000;
  const std::vector<SafetyRow> rows = {
      {"one slow answer of a hundred is what a p99 allows", after(hour, {100, 0, 100, 1}), Verdict::pass},
      {"five may be chance, when one looks every second for days", after(hour, {100, 0, 100, 5}), Verdict::pass},
      {"from one look to the next all are slow", after(hour, {60, 0, 12, 12}), Verdict::fail},
      {"some old good ones are in the window still", after(hour, {300, 0, 267, 17}), Verdict::fail},
      {"the version is so slow that only five runs have ended", after(hour, {60, 0, 5, 5}), Verdict::fail},
      {"three of five may be chance, when one looks every second for days", after(hour, {60, 0, 5, 3}), Verdict::pass},
      {"four runs are too few", after(hour, {60, 0, 4, 4}), Verdict::pass},
  };
  for (const auto& row : rows) {
    Evidence e;
    e.challenger = row.arm;
    const auto judged = judge_safety(p, e);
    EXPECT_EQ(judged.verdict, row.verdict) << row.why << ": " << judged.reason;
    if (judged.verdict == Verdict::fail) {
      EXPECT_NE(judged.reason.find("200 ms"), std::string::npos) << judged.reason;
    }
  }
}

TEST(Safety, a_version_that_does_not_answer_is_stopped_in_every_phase) {
  const Plan p = test::plan();
  for (const Phase phase : {Phase::shadow, Phase::canary, Phase::watch}) {
    RolloutState state = test::begin(p);
    state.phase = phase;
    Evidence e;
    e.rollout_id = state.id;
    e.phase = phase;
    e.challenger.unusable = "the scorer child was ended by signal 11";
    const Action action = decide(p, state, e, test::t0 + std::chrono::seconds(1));
    EXPECT_EQ(action.kind, phase == Phase::watch ? ActionKind::rollback : ActionKind::abort);
    EXPECT_EQ(action.verdict, Verdict::fail);
    EXPECT_NE(action.reason.find("signal 11"), std::string::npos) << action.reason;
  }
}

/// Challenger labels from the onset of a fault until the judge stops it; `most` + 1 where it has not by then.
std::uint64_t labels_until_stopped(bool paired, std::uint64_t good_before, std::uint64_t most, std::uint64_t seed) {
  using simulated::Kind;
  using simulated::Pair;
  Plan plan = default_plan();
  plan.shadow = {};
  plan.steps = {{0.10, {.duration = std::chrono::hours(24), .rows = 0}}};
  plan.use_paired = paired;
  Pair good(Kind::independent, 0.10, 0.10, 0.6, seed);
  Pair bad(Kind::independent, 0.10, 0.30, 0.6, seed + 1'000'000);
  Rng arms = Rng(seed).fork("arms");
  PairedRecorder both(plan);
  ArmRecorder own(plan);
  TargetLoss loss{.target = "y", .paired = {}, .unpaired = {}};
  const Stage stage = stage_of(plan, Phase::canary, 0, 1);
  for (std::uint64_t labels = 0; labels < good_before + most;) {
    const auto row = labels < good_before ? good.next() : bad.next();
    const double challenger = row.challenger_errs ? 1 : 0;
    const double champion = row.champion_errs ? 1 : 0;
    if (paired) {
      both.add({.challenger = challenger, .champion = champion});
    } else if (arms.uniform() >= 0.10) {
      own.add_champion({.value = champion});
      continue;
    } else {
      own.add_challenger({.value = challenger});
    }
    ++labels;
    (paired ? loss.paired : loss.unpaired) = paired ? both.evidence() : own.evidence();
    if (find(plan, stage, loss).verdict != Verdict::fail) continue;
    return labels > good_before ? labels - good_before : 0;  // 0: a false alarm before the fault
  }
  return most + 1;
}

TEST(Safety, twenty_points_of_error_are_stopped_within_1500_challenger_labels_in_95_of_100_seeds) {
  constexpr std::uint64_t most = 1500;
  constexpr std::size_t seeds = 100;
  for (const bool paired : {true, false})
    for (const std::uint64_t good_before : {0, 3100}) {
      std::vector<std::uint64_t> labels(seeds);
      in_parallel(seeds, [&](std::size_t i) { labels[i] = labels_until_stopped(paired, good_before, most, 17 + i); });
      std::ranges::sort(labels);
      const auto stopped = std::ranges::count_if(labels, [](std::uint64_t n) { return n > 0 && n <= most; });
      fmt::print("{}, from {}: stopped within {} labels in {} of {} seeds; median {}, 95 % {}\n",
                 paired ? "paired" : "10 % split",
                 good_before == 0 ? "the start" : "row 3100 on, soon after an epoch began", most, stopped, seeds,
                 labels[seeds / 2], labels[seeds * 95 / 100 - 1]);
      EXPECT_GE(stopped, 95) << paired << ' ' << good_before;
    }
}

}  // namespace safety_tests
}  // namespace perennial::rollout
