#include "rollout/judge.hpp"

#include <gtest/gtest.h>

#include "core/rng.hpp"
#include "rollout/loss_recorder.hpp"
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

struct QualityRow {
  const char* why;
  std::uint64_t n;
  double difference, standard_error, effective;
  bool decides;
  Verdict verdict;
  Finding::Why found;
};

TEST(JudgeTarget, harm_must_be_shown_and_so_must_its_absence) {
  const Plan p = test::plan();  // at least 1000 rows, 5 % of the champion's loss of 1
  using Why = Finding::Why;
  const std::vector<QualityRow> rows = {
      {"nothing yet", 0, 0, 0, 0, true, Verdict::inconclusive, Why::no_label},
      {"better, too few rows", 999, -0.1, 0.01, 999, true, Verdict::inconclusive, Why::few_rows},
      {"better, at the first look", 1000, -0.1, 0.01, 1000, true, Verdict::pass, Why::shown},
      {"as good, and sure of it", 1000, 0, 0.02, 1000, true, Verdict::pass, Why::shown},
      {"as good, but who knows", 1000, 0, 0.04, 1000, true, Verdict::inconclusive, Why::not_shown_yet},
      {"which is enough where another phase has decided", 1000, 0, 0.04, 1000, false, Verdict::pass, Why::not_beyond},
      {"as good, sure of it had the rows been independent", 1000, 0, 0.02, 3, true, Verdict::inconclusive,
       Why::not_shown_yet},
      {"worse within the margin, and sure that it is within", 8000, 0.02, 0.01, 8000, true, Verdict::pass, Why::shown},
      {"worse by the margin is never shown to be within it", 8000, 0.05, 0.01, 8000, true, Verdict::fail,
       Why::never_shown},
      {"as good, and eight thousand rows do not tell", 8000, 0, 0.03, 8000, true, Verdict::fail, Why::never_shown},
      {"worse beyond the margin, at 3 standard errors", 1000, 0.09, 0.03, 1000, true, Verdict::inconclusive,
       Why::beyond},
      {"at 4, however often one looks", 1000, 0.12, 0.03, 1000, true, Verdict::fail, Why::harm},
      {"in a phase that does not decide, too", 1000, 0.12, 0.03, 1000, false, Verdict::fail, Why::harm},
      {"a quarter of the rows, at 4.5", 250, 0.135, 0.03, 250, true, Verdict::fail, Why::harm},
      {"the first hundred rows, at 3.5", 100, 0.105, 0.03, 100, true, Verdict::inconclusive, Why::few_rows},
      {"the first hundred rows, at 6", 100, 0.18, 0.03, 100, true, Verdict::fail, Why::harm},
      {"ninety-nine rows are too few to say so", 99, 0.18, 0.03, 99, true, Verdict::inconclusive, Why::few_rows},
      {"and so are many that hang together", 1000, 0.18, 0.03, 15, true, Verdict::inconclusive, Why::beyond},
      {"sure of a harm within the margin", 1000, 0.04, 0.001, 1000, true, Verdict::pass, Why::shown},
      {"no row differs from another", 1000, 0, 0, 1000, true, Verdict::pass, Why::shown},
      {"each is worse by the same", 1000, 0.1, 0, 1000, true, Verdict::fail, Why::harm},
  };
  for (const auto& row : rows) {
    LossComparison now = test::losses(row.n, row.difference, row.standard_error);
    now.effective_n = now.serial_n = now.over_margin_n = row.effective;
    TargetLoss loss{.target = "y", .paired = test::gathered(p, now), .unpaired = {}};
    for (auto& look : loss.paired.looks) look.effective_n = look.serial_n = look.over_margin_n = row.effective;
    const Stage stage{row.decides, harm_alpha / 4};
    const auto found = find(p, stage, loss);
    EXPECT_EQ(to_string(found.verdict), to_string(row.verdict)) << row.why;
    EXPECT_EQ(static_cast<int>(found.why), static_cast<int>(row.found)) << row.why;
    const auto words = judge_target(p, stage, loss);
    EXPECT_EQ(words.verdict, row.verdict) << row.why;
    EXPECT_EQ(words.significant, row.found == Why::harm) << row.why;
    EXPECT_TRUE(words.reason.starts_with("y: ")) << words.reason;
  }
}

TEST(JudgeTarget, between_two_planned_looks_nothing_is_decided_in_favour) {
  const Plan p = test::plan();
  // So good at 1500 rows that it would pass, were it a look; at 1000 it was not.
  TargetLoss loss{.target = "y", .paired = test::gathered(p, test::losses(1500, -0.1, 0.01)), .unpaired = {}};
  loss.paired.looks = {test::losses(1000, 0, 0.05)};
  const Stage stage{true, harm_alpha};
  EXPECT_EQ(find(p, stage, loss).verdict, Verdict::inconclusive);
  EXPECT_NE(judge_target(p, stage, loss).reason.find("next look at 2000 rows"), std::string::npos);
  loss.paired.looks.push_back(test::losses(2000, -0.1, 0.01));
  EXPECT_EQ(find(p, stage, loss).verdict, Verdict::pass);
  // What an early look has shown holds only as long as it is still so.
  loss.paired.now = test::losses(2500, 0.06, 0.05);
  EXPECT_EQ(find(p, stage, loss).verdict, Verdict::inconclusive);
}

TEST(JudgeTarget, a_version_that_turns_bad_after_a_million_good_rows_is_seen) {
  const Plan p = test::plan();
  PairedRecorder recorder(p);
  Rng rng(1);
  const Stage stage = stage_of(p, Phase::watch, 0, 1);
  const auto row = [&](double challenger) {
    recorder.add({.challenger = rng.uniform() < challenger ? 1.0 : 0.0, .champion = rng.uniform() < 0.2 ? 1.0 : 0.0});
    return find(p, stage, {.target = "y", .paired = recorder.evidence(), .unpaired = {}});
  };
  for (int i = 0; i < 1'002'000; ++i) ASSERT_NE(row(0.2).why, Finding::Why::harm) << i;
  int rows = 0;
  Finding found;
  while (found.why != Finding::Why::harm && rows < 10'000) found = row(0.4), ++rows;
  EXPECT_LE(rows, 1500);
  EXPECT_TRUE(found.recent);
  EXPECT_NE(
      judge_target(p, stage, {.target = "y", .paired = recorder.evidence(), .unpaired = {}}).reason.find("the newest "),
      std::string::npos);
}

TEST(JudgeTarget, the_phase_that_decides) {
  Plan p = test::plan();
  EXPECT_TRUE(decides_promotion(p, Phase::shadow, 0)) << "all traffic is compared, and nobody is hurt";
  EXPECT_FALSE(decides_promotion(p, Phase::canary, 1));
  p.use_paired = false;
  EXPECT_FALSE(decides_promotion(p, Phase::shadow, 0)) << "outcomes depend on the answer: shadow shows nothing";
  EXPECT_FALSE(decides_promotion(p, Phase::canary, 0));
  EXPECT_TRUE(decides_promotion(p, Phase::canary, 1));
  p.use_paired = true;
  p.shadow = Span{};
  EXPECT_TRUE(decides_promotion(p, Phase::canary, 1));
  EXPECT_FALSE(decides_promotion(p, Phase::watch, 0));
  // Two steps and the watch, two targets each.
  EXPECT_DOUBLE_EQ(stage_of(p, Phase::canary, 0, 2).harm_alpha, harm_alpha / 6);
}

}  // namespace
}  // namespace perennial::rollout
