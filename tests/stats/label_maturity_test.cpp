#include "stats/label_maturity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "reference_data.hpp"

namespace perennial::stats {
namespace {

using std::chrono::hours;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr TimePoint never = TimePoint::max();

TimePoint at_hour(int hour) { return TimePoint(hours(hour)); }

TEST(MaturityCurve, agrees_with_freireich_1963) {
  // The textbook's remission times (weeks) of 21 patients, + = censored:
  // 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+
  // S: 6 0.857, 7 0.807, 10 0.753, 13 0.690, 16 0.627, 22 0.538, 23 0.448; Greenwood errors as published.
  std::vector<LabelWait> rows;
  for (const int week : {6, 6, 6, 7, 10, 13, 16, 22, 23}) rows.push_back({hours(week), true});
  for (const int week : {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}) rows.push_back({hours(week), false});
  const MaturityCurve curve(rows);
  struct Row {
    int age;
    double missing;
    double error;
    std::uint64_t waiting;
  };
  const std::vector<Row> known{{6, 0.8571, 0.0764, 21},  {7, 0.8067, 0.0869, 17},  {10, 0.7529, 0.0963, 15},
                               {13, 0.6902, 0.1068, 12}, {16, 0.6275, 0.1141, 11}, {22, 0.5378, 0.1282, 7},
                               {23, 0.4482, 0.1346, 6}};
  ASSERT_EQ(curve.points().size(), known.size());
  for (std::size_t k = 0; k < known.size(); ++k) {
    EXPECT_EQ(curve.points()[k].age, hours(known[k].age));
    EXPECT_NEAR(1 - curve.points()[k].share, known[k].missing, 5e-5);
    EXPECT_NEAR(curve.points()[k].standard_error, known[k].error, 5e-5);
    EXPECT_EQ(curve.points()[k].waiting, known[k].waiting);
  }
  EXPECT_EQ(curve.at(hours(5)).share, 0);
  EXPECT_NEAR(curve.at(hours(12)).share, 1 - 0.7529, 5e-5);
  EXPECT_NEAR(curve.at(hours(99)).share, 1 - 0.4482, 5e-5);
  EXPECT_EQ(curve.longest(), hours(35));
  EXPECT_EQ(curve.rows(), 21u);
  EXPECT_EQ(curve.arrived(), 9u);
  EXPECT_EQ(curve.age_at(0.5), hours(23));
  EXPECT_EQ(curve.age_at(0.2), hours(10));
  EXPECT_EQ(curve.age_at(0.9), std::nullopt);
  EXPECT_EQ(curve.age_at(0), Duration{0});
}

TEST(MaturityCurve, young_rows_do_not_make_labels_look_rare) {
  // Every label comes after 10 h; half of the rows are only 1 h old.
  std::vector<LabelWait> rows(100, {hours(10), true});
  rows.insert(rows.end(), 100, {hours(1), false});
  const MaturityCurve curve(rows);
  EXPECT_EQ(curve.at(hours(10)).share, 1);
  EXPECT_EQ(curve.at(hours(9)).share, 0);
}

TEST(MaturityCurve, finds_a_planted_delay_behind_censoring) {
  Rng rng(77);
  std::vector<LabelWait> rows;
  for (int i = 0; i < 20000; ++i) {
    const double delay = -10 * std::log(1 - rng.uniform());  // hours, exponential
    const double waited = 40 * rng.uniform();
    const auto hours_of = [](double value) { return Duration(static_cast<std::int64_t>(value * 3.6e9)); };
    rows.push_back(delay <= waited ? LabelWait{hours_of(delay), true} : LabelWait{hours_of(waited), false});
  }
  const MaturityCurve curve(rows);
  for (const int age : {1, 5, 10, 20, 30}) {
    const auto point = curve.at(hours(age));
    EXPECT_NEAR(point.share, 1 - std::exp(-age / 10.0), 4 * point.standard_error) << age;
    EXPECT_LT(point.standard_error, 0.01);
  }
}

TEST(MaturityCurve, awkward_rows_are_defined) {
  EXPECT_EQ(MaturityCurve().at(hours(1)).share, 0);
  EXPECT_EQ(MaturityCurve().age_at(0), std::nullopt);
  const MaturityCurve none(std::vector<LabelWait>(5, {hours(3), false}));
  EXPECT_TRUE(none.points().empty());
  EXPECT_EQ(none.longest(), hours(3));
  const MaturityCurve early(std::vector<LabelWait>{{hours(-2), true}, {hours(0), true}});
  EXPECT_EQ(early.at(hours(0)).share, 1);
  EXPECT_EQ(early.points().back().standard_error, 0);
}

TEST(EqualAge, counts_rows_that_had_the_time_and_labels_that_took_it) {
  struct Row {
    std::string about;
    int predicted;
    TimePoint labelled;
    bool use;
    bool old;
  };
  const std::vector<Row> rows{
      {"in time", 0, at_hour(5), true, true},
      {"exactly in time", 0, at_hour(24), true, true},
      {"too late, though it is there by now", 0, at_hour(30), false, true},
      {"never", 0, never, false, true},
      {"exactly old enough", 76, at_hour(80), true, true},
      {"labelled at once, but too young to be compared", 90, at_hour(91), false, false},
      {"label before prediction", 10, at_hour(8), true, true},
      {"label of the future", 0, at_hour(101), false, true},
  };
  std::vector<TimePoint> predicted;
  std::vector<TimePoint> labelled;
  for (const auto& row : rows) {
    predicted.push_back(at_hour(row.predicted));
    labelled.push_back(row.labelled);
  }
  const EqualAge chosen = at_equal_age(predicted, labelled, at_hour(100), hours(24));
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(chosen.use[i], rows[i].use) << rows[i].about;
  EXPECT_EQ(chosen.old_enough, 7u);
  EXPECT_EQ(chosen.labelled, 4u);
  EXPECT_NEAR(chosen.coverage(), 4.0 / 7, 1e-12);
  EXPECT_EQ(at_equal_age({}, {}, at_hour(0), hours(1)).coverage(), 0);
}

TEST(EqualAge, the_metric_does_not_follow_the_order_in_which_labels_come) {
  // Bad news is quick: wrong answers are labelled after 1 h, right ones after 20 h. By the labels that are there, the
  // newest rows look all wrong; at equal age the accuracy is what it is.
  Case c{binary_target(), {}, {}};
  std::vector<TimePoint> predicted;
  std::vector<TimePoint> labelled;
  const TimePoint now = at_hour(200);
  for (int i = 0; i < 200; ++i) {
    const bool right = i % 4 != 0;
    c.outputs.insert(c.outputs.end(), {0.2f, 0.8f});
    predicted.push_back(at_hour(i));
    const TimePoint comes = at_hour(i + (right ? 20 : 1));
    labelled.push_back(comes <= now ? comes : never);
    c.truth.push_back(comes <= now ? (right ? 1 : 0) : nan);
  }
  const double naive = evaluate("accuracy", c.scored())->value;
  const auto chosen = at_equal_age(predicted, labelled, now, hours(24));
  const auto fair = influence("accuracy", c.scored(), chosen.use);
  ASSERT_TRUE(fair);
  EXPECT_LT(naive, 0.74);
  EXPECT_NEAR(fair->value, 0.75, 0.006);
  EXPECT_EQ(chosen.coverage(), 1);
}

TEST(Restatement, says_what_was_published_and_what_it_is_now) {
  Case c = binary_case();
  std::vector<double> earlier = c.truth;
  for (std::size_t i = 300; i < 400; ++i) earlier[i] = nan;
  earlier[0] = 1 - earlier[0];
  c.truth[1] = nan;
  const auto restated = restate("accuracy", c.scored(), earlier);
  ASSERT_TRUE(restated) << restated.error().message();
  EXPECT_TRUE(restated->restated());
  EXPECT_EQ(restated->rows_added, 100u);
  EXPECT_EQ(restated->rows_changed, 1u);
  EXPECT_EQ(restated->rows_withdrawn, 1u);
  EXPECT_EQ(restated->before->n, 300u);
  EXPECT_EQ(restated->after->n, 399u);
  EXPECT_EQ(restated->after->value, evaluate("accuracy", c.scored())->value);
  Case then = c;
  then.truth = earlier;
  EXPECT_EQ(restated->before->value, evaluate("accuracy", then.scored())->value);
  EXPECT_FALSE(restate("accuracy", c.scored(), c.truth)->restated());
}

TEST(Restatement, a_side_without_a_value_is_absent_and_bad_input_is_an_error) {
  Case c = binary_case();
  const std::vector<double> none(400, nan);
  const auto first = restate("auc", c.scored(), none);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_FALSE(first->before);
  EXPECT_TRUE(first->after);
  std::vector<double> one_class(400, nan);
  one_class[0] = 1;
  EXPECT_FALSE(restate("auc", c.scored(), one_class)->before);
  EXPECT_EQ(restate("auk", c.scored(), none).error().code, ErrorCode::config);
  EXPECT_EQ(restate("rmse", c.scored(), none).error().code, ErrorCode::invalid);
  EXPECT_EQ(restate("auc", c.scored(), std::vector<double>(3, nan)).error().code, ErrorCode::invalid);
  c.outputs[7] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(restate("auc", c.scored(), none).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::stats
