#include "lifecycle/evidence/label_waits.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.hpp"

namespace perennial::lifecycle {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {{"y", Task::binary, {"no", "yes"}}};
  return all;
}

feedback::PredictionRecord record(std::size_t first, std::size_t rows, const std::string& version) {
  feedback::PredictionRecord record;
  feedback::ScoredVersion scored{version, feedback::Arm::champion, {rows, 2, {}}, {}, {}};
  for (std::size_t i = 0; i < rows; ++i) {
    record.ids.push_back("p" + std::to_string(first + i));
    record.request.times.push_back(TimePoint{} + minutes(static_cast<std::int64_t>(first + i)));
    const float p = static_cast<float>((first + i) % 10) / 10;
    scored.outputs.values.insert(scored.outputs.values.end(), {1 - p, p});
  }
  scored.scored.assign(rows, 1);
  scored.failed.assign(rows, 0);
  record.request.rows = rows;
  record.versions.push_back(std::move(scored));
  record.answered.assign(rows, 0);
  return record;
}

feedback::JoinedBatch labels(std::size_t first, std::size_t rows, Duration wait) {
  feedback::JoinedBatch batch;
  batch.truth.resize(1);
  for (std::size_t i = 0; i < rows; ++i) {
    batch.ids.push_back("p" + std::to_string(first + i));
    batch.inputs.times.push_back(TimePoint{} + minutes(static_cast<std::int64_t>(first + i)));
    batch.label_received_at.push_back(batch.inputs.times.back() + wait);
    batch.truth[0].push_back(1);
  }
  batch.inputs.rows = rows;
  return batch;
}

TEST(LabelWaits, knows_when_each_label_came_and_what_was_said) {
  LabelWaits waits(targets(), 0);
  waits.predicted(record(0, 10, "1.0.0"));
  waits.predicted(record(10, 10, "1.0.1"));
  waits.labelled(labels(5, 10, hours(1)));
  const auto rows = waits.rows("1.0.1");
  ASSERT_EQ(rows.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(rows[i].labelled != TimePoint::max(), i >= 5 && i < 15) << i;
    EXPECT_EQ(std::isnan(rows[i].said), i < 10) << "another version's answers do not compare";
  }
  EXPECT_FLOAT_EQ(static_cast<float>(rows[13].said), 0.3f);
}

TEST(LabelWaits, is_bounded_and_stays_even) {
  LabelWaits waits(targets(), 0);
  for (std::size_t done = 0; done < 60000; done += 1000) {
    waits.predicted(record(done, 1000, "1.0.0"));
    waits.labelled(labels(done, 400, minutes(5)));
    ASSERT_LE(waits.rows("1.0.0").size(), 2 * label_waits_kept);
  }
  const auto rows = waits.rows("1.0.0");
  EXPECT_GT(rows.size(), label_waits_kept / 4);
  double labelled = 0;
  double old = 0;
  for (const auto& row : rows) {
    labelled += row.labelled != TimePoint::max() ? 1 : 0;
    old += row.predicted < TimePoint{} + minutes(30000) ? 1 : 0;
  }
  const double n = static_cast<double>(rows.size());
  EXPECT_NEAR(labelled / n, 0.4, 0.05);
  EXPECT_NEAR(old / n, 0.5, 0.05);
}

TEST(LabelWaits, a_prediction_that_comes_twice_counts_once) {
  LabelWaits waits(targets(), 0);
  waits.predicted(record(0, 5, "1.0.0"));
  waits.predicted(record(0, 5, "1.0.0"));
  EXPECT_EQ(waits.rows("1.0.0").size(), 5u);
}

}  // namespace
}  // namespace perennial::lifecycle
