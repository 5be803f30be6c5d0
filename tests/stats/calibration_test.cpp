#include "stats/calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "reference_data.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Scores whose true probability is `truth_of(score)`.
template <class TruthOf>
std::pair<std::vector<double>, std::vector<double>> labelled(std::uint64_t seed, std::size_t n, TruthOf&& truth_of) {
  Rng rng(seed);
  std::vector<double> scores(n);
  std::vector<double> truth(n);
  for (std::size_t i = 0; i < n; ++i) {
    scores[i] = rng.uniform();
    truth[i] = rng.uniform() < truth_of(scores[i]) ? 1 : 0;
  }
  return {scores, truth};
}

TEST(Calibration, error_by_hand) {
  // Two groups of three: |0.2 - 1/3| and |0.8 - 1|.
  const std::vector<double> p{0.1, 0.2, 0.3, 0.7, 0.8, 0.9};
  const std::vector<double> y{0, 1, 0, 1, 1, 1};
  EXPECT_NEAR(expected_calibration_error(p, y, 2), ((1.0 / 3 - 0.2) + 0.2) / 2, 1e-12);
  EXPECT_EQ(expected_calibration_error({}, {}, 10), 0);
  // A group never has one row: the error of a single row says nothing.
  EXPECT_NEAR(expected_calibration_error(std::vector{0.4}, std::vector{1.0}, 10), 0.6, 1e-12);
}

TEST(Calibration, error_does_not_depend_on_the_order_of_equal_scores) {
  const std::vector<double> p(20, 0.5);
  std::vector<double> y(20);
  for (std::size_t i = 0; i < 10; ++i) y[i] = 1;
  EXPECT_NEAR(expected_calibration_error(p, y, 10), 0, 1e-12);
}

TEST(Calibration, is_used_where_scores_do_not_mean_what_they_say) {
  const auto [scores, truth] = labelled(1, 4000, [](double s) { return s * s * s; });
  const auto fitted = ScoreCalibration::fit(scores, truth);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->report().outcome, CalibrationOutcome::used);
  EXPECT_GT(fitted->report().error_of_scores, 0.2);
  EXPECT_LT(fitted->report().error_of_calibrated, 0.05);
  for (const double s : {0.2, 0.5, 0.8}) EXPECT_NEAR((*fitted)(s), s * s * s, 0.05) << s;
}

TEST(Calibration, is_left_out_where_scores_are_right) {
  int used = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto [scores, truth] = labelled(seed, 500, [](double s) { return s; });
    const auto fitted = ScoreCalibration::fit(scores, truth);
    ASSERT_TRUE(fitted);
    used += fitted->report().outcome == CalibrationOutcome::used ? 1 : 0;
    if (fitted->report().outcome == CalibrationOutcome::no_gain) {
      EXPECT_EQ((*fitted)(0.3), 0.3);
      EXPECT_GE(fitted->report().error_of_calibrated, fitted->report().error_of_scores);
    }
  }
  EXPECT_LT(used, 20);
}

TEST(Calibration, trap_42_too_few_labels_leave_the_scores_as_they_are) {
  struct Row {
    std::string about;
    std::size_t rows;
    std::size_t positives;
    CalibrationOutcome outcome;
  };
  for (const Row& row : std::vector<Row>{{"no rows", 0, 0, CalibrationOutcome::too_few},
                                         {"99 rows", 99, 50, CalibrationOutcome::too_few},
                                         {"9 positives", 1000, 9, CalibrationOutcome::too_few},
                                         {"9 negatives", 1000, 991, CalibrationOutcome::too_few},
                                         {"no positive", 1000, 0, CalibrationOutcome::one_class},
                                         {"no negative", 1000, 1000, CalibrationOutcome::one_class},
                                         {"10 positives, far from their scores", 1000, 10, CalibrationOutcome::used}}) {
    SCOPED_TRACE(row.about);
    const auto scores = lcg(5, row.rows);
    std::vector<double> truth(row.rows);
    for (std::size_t i = 0; i < row.positives; ++i) truth[i] = 1;
    const auto fitted = ScoreCalibration::fit(scores, truth);
    ASSERT_TRUE(fitted);
    EXPECT_EQ(fitted->report().outcome, row.outcome) << to_string(fitted->report().outcome);
    if (row.outcome != CalibrationOutcome::used) {
      EXPECT_EQ((*fitted)(0.7), 0.7);
    }
  }
}

TEST(Calibration, the_same_rows_give_the_same_map) {
  const auto [scores, truth] = labelled(3, 700, [](double s) { return std::sqrt(s); });
  const auto one = ScoreCalibration::fit(scores, truth);
  const auto two = ScoreCalibration::fit(scores, truth);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->report().error_of_calibrated, two->report().error_of_calibrated);
}

TEST(ClassCalibration, binary_rows_sum_to_one_and_only_labelled_rows_count) {
  const auto [scores, truth] = labelled(4, 2000, [](double s) { return s * s; });
  Case c{binary_target(), {}, truth};
  for (const double s : scores) {
    c.outputs.push_back(static_cast<float>(1 - s));
    c.outputs.push_back(static_cast<float>(s));
  }
  const auto fitted = ClassCalibration::fit(c.scored());
  ASSERT_TRUE(fitted) << fitted.error().message();
  Case more = c;
  more.outputs.insert(more.outputs.end(), {0.5f, 0.5f});
  more.truth.push_back(nan);
  const auto same = ClassCalibration::fit(more.scored());
  ASSERT_TRUE(same);
  EXPECT_EQ(same->reports().at(0).rows, 2000u);
  std::vector<float> answers;
  for (int i = 5; i < 95; ++i) {
    const float score = static_cast<float>(i) / 100;
    answers.insert(answers.end(), {1 - score, score});
  }
  const Target target = binary_target();
  const auto probabilities = fitted->apply({answers, 2, 0, &target, {}});
  ASSERT_TRUE(probabilities) << probabilities.error().message();
  ASSERT_EQ(probabilities->rows(), 90u);
  double off = 0;
  for (std::size_t i = 0; i < 90; ++i) {
    const double score = static_cast<double>(answers[2 * i + 1]);
    off += std::abs(probabilities->row(i)[1] - score * score) / 90;
    EXPECT_DOUBLE_EQ(probabilities->row(i)[0] + probabilities->row(i)[1], 1);
  }
  EXPECT_LT(off, 0.05) << "the scores themselves are 0.17 off";
  EXPECT_EQ(probabilities->values, same->apply({answers, 2, 0, &target, {}})->values);
}

TEST(ClassCalibration, multiclass_rows_sum_to_one) {
  Rng rng(8);
  const Target target{"y", Task::multiclass, {"a", "b", "c"}};
  Case c{target, {}, {}};
  for (int i = 0; i < 3000; ++i) {
    // Scores are 1/3 each whatever the row: only the shares of the classes can be learned.
    c.outputs.insert(c.outputs.end(), {1.0f / 3, 1.0f / 3, 1.0f / 3});
    const double u = rng.uniform();
    c.truth.push_back(u < 0.7 ? 0 : u < 0.9 ? 1 : 2);
  }
  const auto fitted = ClassCalibration::fit(c.scored());
  ASSERT_TRUE(fitted) << fitted.error().message();
  ASSERT_EQ(fitted->reports().size(), 3u);
  const auto probabilities = fitted->apply(c.scored());
  ASSERT_TRUE(probabilities);
  const auto row = probabilities->row(17);
  EXPECT_NEAR(row[0], 0.7, 0.03);
  EXPECT_NEAR(row[1], 0.2, 0.03);
  EXPECT_NEAR(row[0] + row[1] + row[2], 1, 1e-12);
}

TEST(ClassCalibration, refuses_what_is_no_classification) {
  const Case regression = regression_case();
  EXPECT_EQ(ClassCalibration::fit(regression.scored()).error().code, ErrorCode::invalid);
  Case broken = binary_case();
  broken.outputs[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(ClassCalibration::fit(broken.scored()).error().code, ErrorCode::invalid);
  Case shorter = binary_case();
  shorter.outputs.pop_back();
  EXPECT_EQ(ClassCalibration::fit(shorter.scored()).error().code, ErrorCode::invalid);
  const auto fitted = ClassCalibration::fit(binary_case().scored());
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->apply(multiclass_case().scored()).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::stats
