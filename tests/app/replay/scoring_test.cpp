#include "app/replay/scoring.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace perennial::app {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

Outputs of(std::size_t width, std::vector<float> values) { return {values.size() / width, width, std::move(values)}; }

TEST(Scoring, scores_what_was_served_beside_both_baselines) {
  Scoring scoring({"y", Task::regression, {}}, 0, "rmse");
  scoring.add(of(1, {10}), of(1, {10}), std::vector<double>{10});
  const std::vector<double> truth = {11, 13};
  scoring.add(of(1, {11, 12}), of(1, {8, 13}), truth);
  EXPECT_EQ(scoring.rows(), 3U);
  EXPECT_DOUBLE_EQ(scoring.served(1, 3), std::sqrt(0.5));
  EXPECT_DOUBLE_EQ(scoring.never(1, 3), std::sqrt(4.5));
  EXPECT_DOUBLE_EQ(scoring.no_change(), std::sqrt((100.0 + 1.0 + 4.0) / 3)) << "nothing, 10 for 11, then 11 for 13";
}

TEST(Scoring, no_change_repeats_no_label_that_has_not_come) {
  const std::vector<double> truth = {1, 2, 3, 4, 5, 6};
  const Outputs any = of(1, {0, 0, 0, 0, 0, 0});
  Scoring by_rows({"y", Task::regression, {}}, 0, "mae", {Duration{0}, 3});
  by_rows.add(any, any, truth);
  EXPECT_DOUBLE_EQ(by_rows.no_change(), (1 + 2 + 3 + 3 + 3 + 3) / 6.0) << "0, 0, 0, 1, 2, 3";
  Scoring by_time({"y", Task::regression, {}}, 0, "mae", {std::chrono::hours(48), 0});
  std::vector<TimePoint> days;
  for (int day = 0; day < 6; ++day) days.emplace_back(std::chrono::hours(24 * day));
  by_time.add(any, any, truth, days);
  EXPECT_DOUBLE_EQ(by_time.no_change(), (1 + 2 + 2 + 2 + 2 + 2) / 6.0) << "0, 0, 1, 2, 3, 4";
}

TEST(Scoring, takes_its_target_out_of_several) {
  Scoring scoring({"health", Task::binary, {"bad", "good"}}, 1, "accuracy");
  const std::vector<double> truth = {1, 0};
  scoring.add(of(3, {99, 0.2F, 0.8F, 99, 0.3F, 0.7F}), of(3, {99, 0.9F, 0.1F, 99, 0.9F, 0.1F}), truth);
  EXPECT_DOUBLE_EQ(scoring.served(), 0.5);
  EXPECT_DOUBLE_EQ(scoring.never(), 0.5);
}

TEST(Scoring, a_missing_label_is_neither_scored_nor_repeated) {
  Scoring scoring({"y", Task::regression, {}}, 0, "mae");
  const std::vector<double> truth = {1, missing, 4};
  scoring.add(of(1, {1, 50, 5}), of(1, {1, 1, 1}), truth);
  EXPECT_DOUBLE_EQ(scoring.served(), 0.5);
  EXPECT_DOUBLE_EQ(scoring.no_change(), 2) << "0 before any label for 1, then 1 for 4";
}

TEST(Scoring, windows_are_scored_apart) {
  Scoring scoring({"y", Task::regression, {}}, 0, "mae");
  scoring.add(of(1, {0, 0}), of(1, {1, 1}), std::vector<double>{0, 2});
  EXPECT_DOUBLE_EQ(scoring.served(0, 1), 0);
  EXPECT_DOUBLE_EQ(scoring.served(1, 2), 2);
  EXPECT_DOUBLE_EQ(scoring.never(1, 2), 1);
}

TEST(Scoring, a_metric_that_is_not_defined_is_not_a_number) {
  Scoring scoring({"y", Task::binary, {"no", "yes"}}, 0, "auc");
  scoring.add(of(2, {0.5F, 0.5F}), of(2, {0.5F, 0.5F}), std::vector<double>{1});
  EXPECT_TRUE(std::isnan(scoring.served())) << "one class only";
}

}  // namespace
}  // namespace perennial::app
