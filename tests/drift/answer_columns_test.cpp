#include "drift/answer_columns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

const std::vector<Target> targets = {{"price", Task::regression, {}},
                                     {"churned", Task::binary, {"no", "yes"}},
                                     {"kind", Task::multiclass, {"a", "b", "c"}}};

/// Answers and truths of rows whose price lies around `mean`, whose share of churners and of kind c are given.
struct Answers {
  Outputs outputs;
  std::vector<Truth> truth;
};

Answers answers(Rng& rng, std::size_t rows, double mean, double churners, double of_c) {
  Answers result{{rows, 6, {}}, std::vector<Truth>(3)};
  for (std::size_t i = 0; i < rows; ++i) {
    const double price = mean + rng.normal();
    const double p = std::clamp(churners + 0.1 * rng.normal(), 0.0, 1.0);
    const bool c = rng.uniform() < of_c;
    for (const double value : {price, 1 - p, p, c ? 0.1 : 0.6, c ? 0.2 : 0.3, c ? 0.7 : 0.1})
      result.outputs.values.push_back(static_cast<float>(value));
    result.truth[0].push_back(price + 0.1 * rng.normal());
    result.truth[1].push_back(rng.uniform() < p ? 1 : 0);
    result.truth[2].push_back(c ? 2 : rng.uniform() < 0.3 ? 1 : 0);
  }
  return result;
}

DriftSettings settings() {
  DriftSettings settings;
  settings.columns = {"age"};  // of the inputs; answers are looked at all the same
  return settings;
}

TEST(AnswerColumns, are_values_probabilities_and_classes) {
  const Outputs outputs{2, 6, {7, 0.25F, 0.75F, 0.1F, 0.2F, 0.7F, 8, 1, 0, 0.5F, 0.3F, 0.2F}};
  const Table said = prediction_columns(targets, outputs);
  ASSERT_EQ(said.columns.size(), 3U);
  EXPECT_EQ(said.columns[0].name, "prediction:price");
  EXPECT_EQ(said.columns[0].numbers, (std::vector<double>{7, 8}));
  EXPECT_EQ(said.columns[1].numbers, (std::vector<double>{0.75, 0}));
  EXPECT_EQ(said.columns[2].text(0), "c");
  EXPECT_EQ(said.columns[2].text(1), "a");
  const Table known = target_columns(targets, {{1, 2}, {1, std::nan("")}, {-1, 2}});
  EXPECT_EQ(known.columns[1].name, "target:churned");
  EXPECT_EQ(known.columns[1].text(0), "yes");
  EXPECT_EQ(known.columns[1].codes[1], -1) << "no label yet";
  EXPECT_EQ(known.columns[2].codes[0], -1) << "a class that the target does not have";
}

TEST(AnswerReference, names_what_moved_and_is_quiet_about_the_rest) {
  Rng rng(3);
  const auto before = answers(rng, 3000, 10, 0.3, 0.2);
  const auto reference = AnswerReference::prepare(targets, before.outputs, before.truth, settings());
  const auto like = answers(rng, 1000, 10, 0.3, 0.2);
  EXPECT_EQ(reference.compare(like.outputs, like.truth).verdict, Verdict::pass);
  const auto moved = answers(rng, 1000, 11, 0.3, 0.5);
  auto report = reference.compare(moved.outputs, moved.truth);
  EXPECT_EQ(report.verdict, Verdict::fail);
  std::ranges::sort(report.drifting_columns);
  EXPECT_EQ(report.drifting_columns,
            (std::vector<std::string>{"prediction:kind", "prediction:price", "target:kind", "target:price"}));
  EXPECT_NEAR(report.share, 4.0 / 6, 1e-12);
}

TEST(AnswerReference, predictions_are_judged_before_there_are_labels) {
  Rng rng(4);
  const auto before = answers(rng, 3000, 10, 0.3, 0.2);
  const auto reference = AnswerReference::prepare(targets, before.outputs, before.truth, settings());
  const auto moved = answers(rng, 1000, 10, 0.6, 0.2);
  const auto report = reference.compare(moved.outputs, {{}, {}, {}});
  EXPECT_EQ(report.drifting_columns, std::vector<std::string>{"prediction:churned"});
  for (const auto& entry : report.columns) EXPECT_TRUE(entry.column.starts_with("prediction:")) << entry.column;
  EXPECT_EQ(reference.compare({0, 6, {}}, {}).verdict, Verdict::invalid) << "nothing to compare is no pass";
  EXPECT_EQ(AnswerReference{}.compare(moved.outputs, moved.truth).verdict, Verdict::invalid);
}

TEST(AnswerReference, labels_that_come_target_by_target_are_no_drift) {
  Rng rng(6);
  const auto before = answers(rng, 3000, 10, 0.3, 0.2);
  const auto reference = AnswerReference::prepare(targets, before.outputs, before.truth, settings());
  auto now = answers(rng, 1000, 10, 0.3, 0.2);
  for (std::size_t row = 0; row < 1000; ++row)
    for (std::size_t t = 0; t < targets.size(); ++t)
      if (row % 2 == t % 2) now.truth[t][row] = std::nan("");
  const auto report = reference.compare(now.outputs, now.truth);
  EXPECT_EQ(report.verdict, Verdict::pass);
  for (const auto& entry : report.columns) {
    if (entry.column.starts_with("target:")) {
      EXPECT_EQ(entry.current_rows, 500U) << entry.column;
    }
  }
  for (double& value : now.truth[1]) value = std::nan("");
  for (const auto& entry : reference.compare(now.outputs, now.truth).columns)
    EXPECT_NE(entry.column, "target:churned") << "too few rows to say anything";
}

TEST(AnswerReference, trap_15_stable_answers_alarm_no_more_often_than_the_level_says) {
  Rng rng(5);
  const auto before = answers(rng, 5000, 10, 0.3, 0.2);
  DriftSettings strict = settings();
  strict.tests = {{"ks", {}}, {"chi_square", {}}};
  const auto reference = AnswerReference::prepare(targets, before.outputs, before.truth, strict);
  int alarms = 0;
  for (int look = 0; look < 200; ++look) {
    const auto now = answers(rng, 400, 10, 0.3, 0.2);
    alarms += reference.compare(now.outputs, now.truth).drift ? 1 : 0;
  }
  EXPECT_LE(alarms, 10) << "two families at 0.01: 4 are expected in 200 looks, over 10 with probability 0.002";
}

}  // namespace
}  // namespace perennial::drift
