#include "lifecycle/evidence/split_record.hpp"

#include <gtest/gtest.h>

#include "rollout/split.hpp"
#include "rollout/validity.hpp"

namespace perennial::lifecycle {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const TimePoint dealt_from = TimePoint{} + hours(1000);

/// A canary with half of the customers in each arm.
rollout::RolloutState half_and_half() {
  rollout::RolloutState state;
  state.id = "r1";
  state.challenger = "1.0.1";
  state.champion = "1.0.0";
  state.phase = rollout::Phase::canary;
  state.phase_since = dealt_from;
  state.salt = "salt";
  state.weight = 0.5;
  return state;
}

bool goes_to_challenger(const std::string& customer) {
  return rollout::arm_of(customer, rollout::split_seed("salt"), 0.5) == rollout::Arm::challenger;
}

/// One row a minute, customer i % customers, dealt as serving does it.
feedback::PredictionRecord dealt_rows(std::size_t first, std::size_t rows, std::size_t customers) {
  feedback::PredictionRecord record;
  feedback::ScoredVersion champion{"1.0.0", feedback::Arm::champion, {rows, 1, std::vector<float>(rows, 0)}, {}, {}};
  champion.scored.assign(rows, 0);
  champion.failed.assign(rows, 0);
  feedback::ScoredVersion challenger = champion;
  challenger.version = "1.0.1";
  challenger.arm = feedback::Arm::challenger;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = first + i;
    record.ids.push_back("p" + std::to_string(row));
    record.request.times.push_back(dealt_from + minutes(static_cast<std::int64_t>(row + 1)));
    record.request.entities.push_back("c" + std::to_string(row % customers));
    const bool mine = goes_to_challenger(record.request.entities.back());
    (mine ? challenger : champion).scored[i] = 1;
    record.answered.push_back(mine ? 1 : 0);
  }
  record.request.rows = rows;
  record.versions = {champion, challenger};
  return record;
}

/// The labels of one arm's rows, `wait` after the prediction.
feedback::JoinedBatch labels_of(const feedback::PredictionRecord& record, bool challengers, Duration wait) {
  feedback::JoinedBatch batch;
  batch.truth.resize(1);
  for (std::size_t i = 0; i < record.rows(); ++i) {
    if ((record.answered[i] == 1) != challengers) continue;
    batch.ids.push_back(record.ids[i]);
    batch.inputs.times.push_back(record.request.times[i]);
    batch.label_received_at.push_back(record.request.times[i] + wait);
    batch.truth[0].push_back(1);
  }
  batch.inputs.rows = batch.ids.size();
  return batch;
}

rollout::Judgement judged(const SplitRecord& split) {
  rollout::Evidence evidence;
  evidence.phase = rollout::Phase::canary;
  evidence.split = split.evidence();
  return rollout::judge_validity(evidence);
}

TEST(SplitRecord, counts_customers_once_and_fallbacks_for_the_arm_that_they_were_dealt_to) {
  SplitRecord split(0, Duration{0});
  split.follow(7, half_and_half());
  auto record = dealt_rows(0, 1000, 200);
  for (std::size_t i = 0; i < record.rows(); ++i)
    if (record.answered[i] == 1) {  // the challenger fails, the champion answers
      record.versions[1].scored[i] = 0;
      record.versions[1].failed[i] = 1;
      record.versions[0].scored[i] = 1;
      record.answered[i] = 0;
    }
  split.predicted(record);
  const auto seen = split.evidence();
  std::uint64_t expected = 0;
  for (int c = 0; c < 200; ++c)
    if (goes_to_challenger("c" + std::to_string(c))) ++expected;
  EXPECT_EQ(seen.share, 0.5);
  EXPECT_EQ(seen.challenger_units, expected);
  EXPECT_EQ(seen.champion_units, 200 - expected);
  EXPECT_EQ(judged(split).verdict, Verdict::pass);

  split.follow(8, half_and_half());
  EXPECT_EQ(split.evidence().challenger_units, 0u) << "a new step begins from zero";
  split.follow(9, std::nullopt);
  split.predicted(dealt_rows(0, 100, 10));
  EXPECT_EQ(split.evidence().share, 0) << "no canary, nothing to compare";
}

TEST(SplitRecord, more_customers_than_it_keeps_are_counted_in_the_same_share) {
  SplitRecord split(0, Duration{0});
  split.follow(1, half_and_half());
  for (std::size_t first = 0; first < 200'000; first += 1000) split.predicted(dealt_rows(first, 1000, 1'000'000));
  const auto seen = split.evidence();
  EXPECT_LE(seen.challenger_units + seen.champion_units, split_units_kept);
  EXPECT_GE(seen.challenger_units + seen.champion_units, split_units_kept / 4);
  EXPECT_EQ(judged(split).verdict, Verdict::pass) << judged(split).reason;
}

TEST(SplitRecord, labels_that_come_later_for_one_arm_are_seen_and_equal_ones_are_not) {
  for (const bool later : {false, true}) {
    SplitRecord split(0, Duration{0});
    split.follow(1, half_and_half());
    std::vector<feedback::PredictionRecord> records;
    for (std::size_t first = 0; first < 6000; first += 100) {
      records.push_back(dealt_rows(first, 100, 300));
      split.predicted(records.back());
      const auto due = [&](bool challengers, std::size_t records_ago) {
        if (records.size() <= records_ago) return;
        const auto& record = records[records.size() - 1 - records_ago];
        split.labelled(labels_of(record, challengers, minutes(static_cast<std::int64_t>(100 * records_ago))));
      };
      due(false, 3);
      due(true, later ? 9 : 3);
    }
    EXPECT_EQ(judged(split).verdict, later ? Verdict::invalid : Verdict::pass) << judged(split).reason;
    EXPECT_EQ(split.evidence().label_age, minutes(300));
  }
}

TEST(SplitRecord, no_row_younger_than_the_labels_delay_is_looked_at) {
  SplitRecord split(0, hours(24));
  split.follow(1, half_and_half());
  const auto record = dealt_rows(0, 1000, 100);
  split.predicted(record);
  split.labelled(labels_of(record, false, hours(2)));
  split.labelled(labels_of(record, true, hours(3)));
  EXPECT_EQ(split.evidence().label_age, hours(24));
  EXPECT_EQ(split.evidence().challenger_labels.rows, 0u) << "the oldest row is 17 hours old";
}

}  // namespace
}  // namespace perennial::lifecycle
