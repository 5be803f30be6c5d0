#include "drift/decay.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

using stats::Estimate;

TEST(Decay, judged_by_rows) {
  struct Row {
    std::string why;
    std::optional<Estimate> baseline;
    Estimate current;
    DecaySettings settings;
    bool higher;
    Verdict verdict;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const DecaySettings relative{"y.accuracy", 0.05, true, 0.05, 100};
  const DecaySettings absolute{"y.accuracy", 0.05, false, 0.05, 100};
  const DecaySettings rmse{"y.rmse", 0.05, true, 0.05, 100};
  const std::vector<Row> rows{
      {"accuracy falls by 10 points", Estimate{0.9, 0.01, 1000}, {0.8, 0.01, 1000}, relative, true, Verdict::fail},
      {"accuracy rises", Estimate{0.8, 0.01, 1000}, {0.9, 0.01, 1000}, relative, true, Verdict::pass},
      {"trap 9: an RMSE that rises is bad", Estimate{10, 0.1, 1000}, {12, 0.1, 1000}, rmse, false, Verdict::fail},
      {"trap 9: an RMSE that falls is good", Estimate{12, 0.1, 1000}, {10, 0.1, 1000}, rmse, false, Verdict::pass},
      {"trap 9: beyond the threshold but noise",
       Estimate{0.9, 0.03, 100},
       {0.84, 0.04, 100},
       relative,
       true,
       Verdict::inconclusive},
      {"significant but immaterial",
       Estimate{0.9, 0.001, 100000},
       {0.89, 0.001, 100000},
       relative,
       true,
       Verdict::pass},
      {"trap 9: 5 % is relative: 0.04 of 0.5 is 8 %",
       Estimate{0.5, 0.005, 9000},
       {0.46, 0.005, 9000},
       relative,
       true,
       Verdict::fail},
      {"a bare number is absolute: 0.04 is not 0.05",
       Estimate{0.5, 0.005, 9000},
       {0.46, 0.005, 9000},
       absolute,
       true,
       Verdict::pass},
      {"trap 10: no baseline", std::nullopt, {0.1, 0.01, 1000}, relative, true, Verdict::invalid},
      {"too few current rows", Estimate{0.9, 0.01, 1000}, {0.1, 0.01, 99}, relative, true, Verdict::invalid},
      {"ten rows are the least, whatever the settings say",
       Estimate{0.9, 0.01, 1000},
       {0.1, 0.01, 9},
       {"y.accuracy", 0.05, true, 0.05, 1},
       true,
       Verdict::invalid},
      {"of the baseline too", Estimate{0.9, 0.01, 9}, {0.1, 0.01, 1000}, relative, true, Verdict::invalid},
      {"ten are enough",
       Estimate{0.9, 0.01, 10},
       {0.1, 0.01, 10},
       {"y.accuracy", 0.05, true, 0.05, 1},
       true,
       Verdict::fail},
      {"no current rows", Estimate{0.9, 0.01, 1000}, {}, relative, true, Verdict::invalid},
      {"trap 36: a current value that is not a number",
       Estimate{0.9, 0.01, 1000},
       {nan, 0.01, 1000},
       relative,
       true,
       Verdict::invalid},
      {"a baseline that is not a number",
       Estimate{nan, 0.01, 1000},
       {0.9, 0.01, 1000},
       relative,
       true,
       Verdict::invalid},
      {"a negative baseline (r2)", Estimate{-0.5, 0.01, 1000}, {-0.8, 0.01, 1000}, relative, true, Verdict::fail},
      {"a baseline of 0", Estimate{0, 0, 1000}, {1, 0.01, 1000}, rmse, false, Verdict::fail},
      {"both 0", Estimate{0, 0, 1000}, {0, 0, 1000}, rmse, false, Verdict::pass},
  };
  for (const auto& row : rows) {
    const auto report = judge_decay(row.baseline, row.current, row.settings, row.higher);
    EXPECT_EQ(report.verdict, row.verdict) << row.why;
    EXPECT_EQ(report.detected, row.verdict == Verdict::fail) << row.why;
  }
}

// scipy.stats.ttest_ind_from_stats(0.80, 0.4, 400, 0.75, 0.5, 200, equal_var=False, alternative='greater').
TEST(Decay, trap_09_the_p_value_is_welchs_and_it_is_used) {
  const Estimate baseline{0.80, 0.02, 400};
  const Estimate current{0.75, 0.035355339059327376, 200};
  const auto report = judge_decay(baseline, current, {"y.accuracy", 0.05, true, 0.05, 100}, true);
  EXPECT_NEAR(report.p_value, 0.1096157839834517, 1e-9);
  EXPECT_FALSE(report.significant);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_TRUE(judge_decay(baseline, current, {"y.accuracy", 0.05, true, 0.2, 100}, true).detected);
}

TEST(Decay, trap_10_a_missing_baseline_is_not_replaced_by_the_present) {
  const auto report = judge_decay(std::nullopt, {0.2, 0.01, 1000}, {"y.accuracy", 0.05, true, 0.05, 100}, true);
  EXPECT_EQ(report.verdict, Verdict::invalid);
  EXPECT_EQ(report.baseline, 0);
  EXPECT_EQ(report.baseline_rows, 0u);
  EXPECT_FALSE(report.detected);
  const Json json = to_json(report);
  for (const char* unknown : {"baseline", "decay", "decay_share"}) EXPECT_TRUE(json.at(unknown).is_null()) << unknown;
}

// What the record of a decay must have, in the metric's own direction.
TEST(Decay, the_record_is_complete) {
  const auto report = judge_decay(Estimate{10, 0.3, 900}, {12, 0.4, 400}, {"y.rmse", 0.1, true, 0.05, 100}, false);
  EXPECT_EQ(report.current, 12);
  EXPECT_EQ(report.baseline, 10);
  EXPECT_DOUBLE_EQ(report.decay, 2);
  EXPECT_DOUBLE_EQ(report.decay_share, 0.2);
  EXPECT_DOUBLE_EQ(report.standard_error, 0.5);
  EXPECT_LT(report.p_value, 1e-4);
  EXPECT_TRUE(report.significant);
  EXPECT_TRUE(report.detected);
  EXPECT_EQ(report.threshold, 0.1);
  const Json json = to_json(report);
  for (const char* field : {"metric", "current", "baseline", "decay", "decay_share", "standard_error", "p_value",
                            "significant", "detected", "threshold", "verdict", "baseline_rows", "current_rows"})
    EXPECT_TRUE(json.contains(field)) << field;
}

TEST(Decay, labels_of_some_kinds_of_rows_only_are_no_evidence) {
  const DecaySettings settings{"y.accuracy", 0.05, true, 0.05, 100};
  const Estimate mature{0.9, 0.01, 1000};
  const Estimate fast_labels{0.4, 0.02, 500};
  EXPECT_TRUE(judge_decay(mature, fast_labels, settings, true, true).detected);
  const auto report = judge_decay(mature, fast_labels, settings, true, false);
  EXPECT_EQ(report.verdict, Verdict::invalid);
  EXPECT_FALSE(report.detected);
  EXPECT_EQ(report.current, 0.4) << "what was measured is told all the same";
}

// Stable accuracy whose errors come in runs, 1000 windows of 500 rows against a baseline of 1000: at most the level of
// 5 % + 3 binomial standard errors (2.1 %) decay, with the serial standard error and no threshold at all.
TEST(Decay, trap_09_errors_in_runs_raise_no_false_alarms) {
  Rng rng(9);
  const Target target{"y", Task::binary, {"no", "yes"}};
  const auto window = [&](std::size_t rows, stats::Dependence dependence = stats::Dependence::serial) {
    std::vector<double> truth(rows);
    std::vector<float> outputs;
    bool wrong = rng.uniform() < 0.5;
    for (double& value : truth) {
      if (rng.uniform() < 0.2) wrong = rng.uniform() < 0.5;
      value = wrong ? 1 : 0;
      outputs.insert(outputs.end(), {0.9f, 0.1f});
    }
    return *stats::evaluate("accuracy", {outputs, 2, 0, &target, truth}, dependence);
  };
  const DecaySettings settings{"y.accuracy", 1e-9, false, 0.05, 100};
  int alarms = 0;
  int careless = 0;
  for (int run = 0; run < 1000; ++run) {
    alarms += judge_decay(window(1000), window(500), settings, true).detected;
    careless += judge_decay(window(1000, stats::Dependence::independent), window(500, stats::Dependence::independent),
                            settings, true)
                    .detected;
  }
  EXPECT_LE(alarms, 71);
  EXPECT_GT(careless, 200) << "the trap is not there any more, so this test shows nothing";
}

}  // namespace
}  // namespace perennial::drift
