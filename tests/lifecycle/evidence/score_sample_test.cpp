#include "lifecycle/evidence/score_sample.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.hpp"
#include "lifecycle/evidence/version_scores.hpp"

namespace perennial::lifecycle {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {{"rul", Task::regression, {}}, {"y", Task::binary, {"no", "yes"}}};
  return all;
}

const MetricName accuracy{1, "accuracy"};
const MetricName mae{0, "mae"};
const MetricName phm08{0, "phm08"};
constexpr TimePoint start{};

/// One row: predicted at a minute, labelled so much later, off by `error` and right or wrong.
struct Row {
  std::int64_t minute;
  Duration wait;
  double error;
  bool right;
};

feedback::JoinedBatch batch_of(const std::vector<Row>& rows, std::size_t first_id = 0) {
  feedback::JoinedBatch batch;
  const std::size_t n = rows.size();
  feedback::VersionOutputs outputs{"1.0.0", feedback::Arm::champion, {n, 3, {}}, {}, {}};
  outputs.present.assign(n, 1);
  outputs.failed.assign(n, 0);
  batch.truth.resize(2);
  for (std::size_t i = 0; i < n; ++i) {
    batch.ids.push_back("row-" + std::to_string(first_id + i));
    batch.inputs.times.push_back(start + minutes(rows[i].minute));
    batch.label_received_at.push_back(batch.inputs.times.back() + rows[i].wait);
    batch.truth[0].push_back(10);
    batch.truth[1].push_back(1);
    outputs.outputs.values.push_back(static_cast<float>(10 + rows[i].error));
    outputs.outputs.values.push_back(rows[i].right ? 0.2f : 0.8f);
    outputs.outputs.values.push_back(rows[i].right ? 0.8f : 0.2f);
  }
  batch.inputs.rows = n;
  batch.versions.push_back(std::move(outputs));
  batch.answered_by.assign(n, 0);
  return batch;
}

TEST(ScoreSample, labels_may_come_in_any_order) {
  const std::vector<Row> rows = {
      {1, hours(9), 1, true}, {2, hours(1), 2, false}, {3, hours(3), 3, true}, {4, hours(2), 5, true}};
  ScoreSample in_order(targets(), 100);
  in_order.add(batch_of(rows), 0);
  ScoreSample mixed(targets(), 100);
  for (const std::size_t i : {3u, 0u, 2u, 1u}) mixed.add(batch_of({rows[i]}, i), 0);
  for (const std::size_t newest : {1u, 2u, 3u, 4u, 9u}) {
    RowChoice choice;
    choice.newest = newest;
    EXPECT_EQ(in_order.slice(choice).evaluate(mae)->value, mixed.slice(choice).evaluate(mae)->value) << newest;
    EXPECT_EQ(mixed.slice(choice).rows(), std::min<std::size_t>(newest, 4));
  }
  RowChoice newest;
  newest.newest = 2;
  EXPECT_DOUBLE_EQ(mixed.slice(newest).evaluate(mae)->value, 4) << "newest by prediction, not by label";
}

TEST(ScoreSample, rows_are_chosen_by_time_and_by_the_age_of_their_label) {
  ScoreSample sample(targets(), 100);
  sample.add(
      batch_of({{1, hours(9), 1, true}, {2, hours(1), 2, false}, {3, hours(3), 3, true}, {4, hours(2), 5, true}}), 0);
  RowChoice choice;
  choice.until = start + minutes(3);
  EXPECT_DOUBLE_EQ(sample.slice(choice).evaluate(mae)->value, 2);
  choice.from = start + minutes(2);
  EXPECT_DOUBLE_EQ(sample.slice(choice).evaluate(mae)->value, 2.5);
  choice.label_age = hours(2);
  EXPECT_DOUBLE_EQ(sample.slice(choice).evaluate(mae)->value, 2);
  const Truth known = sample.slice({}).known_at(0, start + hours(3));
  EXPECT_TRUE(std::isnan(known[0])) << "nine hours had not passed";
  EXPECT_EQ(known[1], 10);
}

TEST(ScoreSample, is_bounded_and_a_thinned_one_says_the_same) {
  constexpr std::size_t kept = 1000;
  ScoreSample sample(targets(), kept);
  Rng rng(4);
  double sum = 0;
  double right = 0;
  constexpr std::size_t total = 100000;
  for (std::size_t done = 0; done < total; done += 500) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < 500; ++i) {
      const double error = std::abs(rng.normal());
      rows.push_back({static_cast<std::int64_t>(done + i), Duration{0}, error, rng.uniform() < 0.8});
      sum += std::expm1(error / 10);
      right += rows.back().right ? 1 : 0;
    }
    sample.add(batch_of(rows, done), 0);
    ASSERT_LE(sample.rows(), 2 * kept);
  }
  const ScoreSlice all = sample.slice({});
  EXPECT_GT(all.rows(), kept / 3);
  EXPECT_GE(all.one_in(), 64u);
  const auto measured = all.evaluate(accuracy);
  EXPECT_NEAR(measured->value, right / total, 4 * measured->standard_error);
  const auto scaled = all.evaluate(phm08);
  EXPECT_NEAR(scaled->value / sum, 1, 0.2) << "a sum is scaled to all rows";
}

TEST(ScoreSample, rows_that_are_not_needed_go_before_any_is_left_out) {
  ScoreSample sample(targets(), 1000);
  for (std::size_t done = 0; done < 20000; done += 100) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < 100; ++i) rows.push_back({static_cast<std::int64_t>(done + i), Duration{0}, 1, true});
    sample.needs(start + minutes(static_cast<std::int64_t>(done)), 400);
    sample.add(batch_of(rows, done), 0);
  }
  RowChoice choice;
  choice.newest = 400;
  const ScoreSlice window = sample.slice(choice);
  EXPECT_EQ(window.rows(), 400u);
  EXPECT_EQ(window.one_in(), 1u);
  EXPECT_EQ(window.times().back(), start + minutes(19999));
}

// Labels that wait keep the rows of their time: the fast ones of young rows must not push out the slow ones.
TEST(ScoreSample, early_labels_of_young_rows_do_not_push_old_rows_out) {
  ScoreSample sample(targets(), 1000);
  std::vector<Row> old;
  for (std::int64_t i = 0; i < 500; ++i) old.push_back({i, hours(1), 2, true});
  sample.add(batch_of(old), 0);
  sample.needs(start + minutes(499), 500);
  for (std::size_t done = 0; done < 50000; done += 500) {
    std::vector<Row> young;
    for (std::size_t i = 0; i < 500; ++i)
      young.push_back({static_cast<std::int64_t>(1000 + done + i), Duration{0}, 1, true});
    sample.add(batch_of(young, 500 + done), 0);
  }
  RowChoice choice;
  choice.until = start + minutes(499);
  const ScoreSlice window = sample.slice(choice);
  EXPECT_GE(window.rows(), 1u) << "thinned like the young ones, not gone";
  EXPECT_NEAR(static_cast<double>(window.rows() * window.one_in()), 500, 350);
  EXPECT_DOUBLE_EQ(window.evaluate(mae)->value, 2);
}

TEST(ScoreSample, quarantined_rows_go) {
  ScoreSample sample(targets(), 100);
  sample.add(batch_of({{1, {}, 1, true}, {2, {}, 2, true}, {3, {}, 3, true}}), 0);
  sample.drop({start + minutes(2), start + minutes(3)});
  EXPECT_DOUBLE_EQ(sample.slice({}).evaluate(mae)->value, 2);
  EXPECT_EQ(sample.rows(), 2u);
}

TEST(VersionScores, windows_end_where_labels_have_come) {
  VersionScores scores(targets());
  std::vector<Row> rows;
  for (std::int64_t minute = 0; minute < 9 * 24 * 60; ++minute)
    rows.push_back({minute, Duration{0}, static_cast<double>(minute / (24 * 60)), true});
  for (std::size_t done = 0; done < rows.size(); done += 1000) {
    const auto last = std::min(rows.size(), done + 1000);
    scores.add(
        batch_of({rows.begin() + static_cast<std::ptrdiff_t>(done), rows.begin() + static_cast<std::ptrdiff_t>(last)},
                 done),
        0);
    scores.turn(start + minutes(static_cast<std::int64_t>(last)), 1000);
  }
  const TimePoint now = start + minutes(9 * 24 * 60 - 1);
  EXPECT_EQ(scores.window(MetricWindow::hour, now, {}).rows(), 60u);
  EXPECT_DOUBLE_EQ(scores.window(MetricWindow::hour, now, {}).evaluate(mae)->value, 8);
  EXPECT_EQ(scores.window(MetricWindow::day, now, {}).rows(), 24u * 60);
  EXPECT_DOUBLE_EQ(scores.window(MetricWindow::day, now, {}).evaluate(mae)->value, 8);
  const ScoreSlice week = scores.window(MetricWindow::week, now, {});
  EXPECT_GT(week.one_in(), 1u) << "10 080 rows and a day are more than are kept";
  EXPECT_NEAR(week.evaluate(mae)->value, 5, 0.2) << "days 2 to 8";
  EXPECT_NEAR(scores.window(MetricWindow::life, now, {}).evaluate(mae)->value, 4, 0.3) << "days 0 to 8";
  // A day earlier, where the labels of the newest day have not come.
  EXPECT_DOUBLE_EQ(scores.window(MetricWindow::hour, start + minutes(9 * 24 * 60 - 30), {}).evaluate(mae)->value, 8);
}

}  // namespace
}  // namespace perennial::lifecycle
