#include "feedback/joiner.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/rng.hpp"
#include "feedback/example_store.hpp"
#include "feedback/key_index.hpp"
#include "feedback/rows.hpp"

namespace perennial::feedback {
namespace {

using testing::at_second;
using testing::kMissing;
using testing::label_of;
using testing::shared_record;
using testing::two_targets;

LabelBatch labels_of(std::size_t first, std::size_t count) {
  LabelBatch batch = label_of("", 0);
  batch.keys.clear();
  batch.truth = {{}, {}};
  for (std::size_t i = first; i < first + count; ++i) {
    batch.keys.push_back({fmt::format("r{}", i), {}, {}});
    batch.truth[0].push_back(static_cast<double>(i) + 0.5);
    batch.truth[1].push_back(static_cast<double>(i % 3));
  }
  return batch;
}

void expect_row(const JoinedBatch& batch, std::size_t at, std::size_t i) {
  EXPECT_EQ(batch.ids[at], fmt::format("r{}", i));
  EXPECT_EQ(batch.inputs.times[at], at_second(static_cast<std::int64_t>(i)));
  EXPECT_EQ(batch.inputs.columns[0].numbers[at], static_cast<double>(i) / 2);
  EXPECT_EQ(batch.inputs.columns[1].text(at), i % 3 == 0 ? "" : i % 3 == 1 ? "red" : "blue");
  EXPECT_EQ(batch.truth[0][at], static_cast<double>(i) + 0.5);
  EXPECT_EQ(batch.versions[0].outputs.values[at], static_cast<float>(i));
  EXPECT_EQ(batch.versions[1].present[at], i % 2 == 0 ? 1 : 0);
  EXPECT_EQ(batch.answered_by[at], 0);
}

TEST(Joiner, large_and_single_row_records_join_alike) {
  for (const std::size_t rows_per_record : {1u, 10u, 100u, 500u}) {
    Joiner joiner(two_targets());
    for (std::size_t i = 0; i < 1000; i += rows_per_record) joiner.add(shared_record(i, rows_per_record));
    EXPECT_EQ(joiner.counts().pending, 1000u);
    EXPECT_EQ(joiner.add(labels_of(300, 400)).joined, 400u);
    const auto batches = joiner.take();
    ASSERT_EQ(batches.size(), 1u);
    ASSERT_EQ(batches[0].rows(), 400u);
    for (std::size_t i = 0; i < 400; ++i) expect_row(batches[0], i, 300 + i);
    EXPECT_EQ(batches[0].delay(0), at_second(1'000'000) - at_second(300));
    EXPECT_TRUE(joiner.take().empty());
    EXPECT_EQ(joiner.counts().pending, 600u);
  }
}

TEST(Joiner, labels_by_entity_and_time_find_their_prediction) {
  Joiner joiner(two_targets());
  joiner.add(shared_record(0, 50));
  LabelBatch label = label_of("", 10.5);
  label.keys = {{"", "e3", at_second(10)}};
  EXPECT_EQ(joiner.add(label).joined, 1u);
  label.keys = {{"", "e4", at_second(10)}};
  EXPECT_EQ(joiner.add(label).unmatched, 1u);
  EXPECT_EQ(joiner.take().at(0).ids, (std::vector<std::string>{"r10"}));
  EXPECT_TRUE(joiner.knows({"", "e3", at_second(10)}));
  EXPECT_FALSE(joiner.knows({"", "e3", at_second(11)}));
}

TEST(Joiner, a_label_before_its_prediction_waits) {
  Joiner joiner(two_targets());
  EXPECT_EQ(joiner.add(labels_of(7, 2)).unmatched, 2u);
  LabelBatch by_entity = label_of("", 9.5, 0);
  by_entity.keys = {{"", "e2", at_second(9)}};
  joiner.add(by_entity);
  EXPECT_EQ(joiner.counts().early, 3u);
  joiner.add(shared_record(0, 100));
  EXPECT_EQ(joiner.counts().early, 0u);
  const auto batches = joiner.take();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].ids, (std::vector<std::string>{"r7", "r8", "r9"}));
  expect_row(batches[0], 2, 9);
}

TEST(Joiner, two_targets_may_be_labelled_apart_but_each_once) {
  Joiner joiner(two_targets());
  joiner.add(shared_record(0, 10));
  joiner.add(label_of("r1", 5));
  joiner.add(label_of("r1", 6));  // labelled already
  joiner.add(label_of("r1", kMissing, 2));
  const auto batch = joiner.take().at(0);
  ASSERT_EQ(batch.rows(), 2u);
  EXPECT_EQ(batch.truth[0][0], 5);
  EXPECT_TRUE(std::isnan(batch.truth[0][1]));
  EXPECT_EQ(batch.truth[1][1], 2);
  EXPECT_EQ(joiner.counts().repeated_labels, 1u);
}

TEST(Joiner, a_prediction_that_is_sent_again_counts_once) {
  Joiner joiner(two_targets());
  joiner.add(shared_record(0, 100));
  joiner.add(shared_record(50, 100));
  EXPECT_EQ(joiner.counts().predictions, 150u);
  EXPECT_EQ(joiner.counts().repeated_predictions, 50u);
  EXPECT_EQ(joiner.add(labels_of(0, 150)).joined, 150u);
}

TEST(Joiner, trap_30_everything_that_waits_is_bounded) {
  Joiner joiner(two_targets(), {.pending_rows = 1000, .early_labels = 100});
  for (std::size_t i = 0; i < 10000; i += 100) joiner.add(shared_record(i, 100));
  EXPECT_EQ(joiner.counts().pending, 1000u);
  EXPECT_EQ(joiner.counts().predictions_dropped, 9000u);
  EXPECT_EQ(joiner.add(labels_of(0, 10000)).joined, 1000u);
  EXPECT_EQ(joiner.counts().early, 100u);
  EXPECT_EQ(joiner.counts().early_dropped, 8900u);
  Joiner small(two_targets(), {.pending_bytes = 100'000});
  for (std::size_t i = 0; i < 10000; ++i) small.add(shared_record(i, 1));
  EXPECT_LT(small.counts().pending, 3000u);
  EXPECT_GT(small.counts().pending, 100u);
  Joiner untaken(two_targets(), {.pending_rows = 100});
  for (std::size_t i = 0; i < 1000; i += 100) {
    untaken.add(shared_record(i, 100));
    untaken.add(labels_of(i, 100));
  }
  EXPECT_EQ(untaken.take().at(0).rows(), 100u);
  EXPECT_EQ(untaken.counts().joined_dropped, 900u);
}

TEST(Joiner, other_columns_start_another_batch) {
  Joiner joiner(two_targets());
  auto wide = testing::record_of(5, 5);
  wide.inputs.columns.push_back({"more", ColumnKind::numeric, std::vector<double>(5, 1.0), {}, nullptr});
  joiner.add(shared_record(0, 5));
  joiner.add(std::make_shared<PredictionRecord>(wide));
  joiner.add(labels_of(0, 10));
  const auto batches = joiner.take();
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[1].inputs.columns.size(), 4u);
  ExampleStore store;
  EXPECT_TRUE(store.append(batches[0]));
  EXPECT_EQ(store.append(batches[1]).error().code, ErrorCode::conflict);
}

TEST(Joiner, new_targets_keep_what_waits) {
  Joiner joiner(two_targets());
  joiner.add(shared_record(0, 10));
  joiner.add(label_of("r1", 5, 1));     // joined, not taken
  joiner.add(label_of("early", 7, 2));  // waits
  const auto swapped = std::make_shared<const std::vector<Target>>(std::vector<Target>{
      {"health", Task::multiclass, {"awful", "bad", "fair", "good"}}, {"rul", Task::regression, {}}});
  joiner.set_targets(swapped);
  const auto batch = joiner.take().at(0);
  EXPECT_EQ(batch.truth[0][0], 2);  // fair
  EXPECT_EQ(batch.truth[1][0], 5);
  EXPECT_EQ(joiner.counts().pending, 9u);
  EXPECT_EQ(joiner.add(label_of("r2", 3, 0)).joined, 1u);
  EXPECT_EQ(joiner.take().at(0).truth[0][0], 1);  // bad
}

TEST(Joiner, threads_add_predictions_and_labels) {
  Joiner joiner(two_targets());
  std::thread predictions([&] {
    for (std::size_t i = 0; i < 2000; ++i) joiner.add(shared_record(i, 1));
  });
  std::thread labels([&] {
    for (std::size_t i = 0; i < 2000; i += 10) joiner.add(labels_of(i, 10));
  });
  std::size_t rows = 0;
  for (int i = 0; i < 50; ++i)
    for (const auto& batch : joiner.take()) rows += batch.rows();
  predictions.join();
  labels.join();
  for (const auto& batch : joiner.take()) rows += batch.rows();
  EXPECT_EQ(rows, 2000u);
}

TEST(Joiner, joins_as_many_rows_as_a_replay_brings) {
  std::vector<std::shared_ptr<const PredictionRecord>> records;
  std::vector<LabelBatch> labels;
  for (std::size_t i = 0; i < 200; ++i) {
    auto record = testing::record_of(1000 * i, 1000);
    for (int c = 0; c < 27; ++c)
      record.inputs.columns.push_back(
          {fmt::format("c{}", c), ColumnKind::numeric, std::vector<double>(1000, 1.0), {}, nullptr});
    records.push_back(std::make_shared<PredictionRecord>(std::move(record)));
    labels.push_back(labels_of(1000 * i, 1000));
  }
  Joiner joiner(two_targets());
  ExampleStore store(50'000);
  for (std::size_t i = 0; i < records.size(); ++i) {
    joiner.add(std::move(records[i]));
    joiner.add(labels[i]);
    for (const auto& batch : joiner.take()) ASSERT_TRUE(store.append(batch));
  }
  EXPECT_EQ(store.rows_total(), 200'000u);
}

TEST(KeyIndex, behaves_like_a_map_under_random_use) {
  KeyIndex<std::uint64_t> index;
  std::map<std::uint64_t, std::uint64_t> model;
  Rng rng(11);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t key = 1 + rng.below(700) * (rng.below(2) == 0 ? 1 : 1024);  // many share a home
    if (rng.below(2) == 0) {
      index.put(key, static_cast<std::uint64_t>(i));
      model[key] = static_cast<std::uint64_t>(i);
    } else {
      EXPECT_EQ(index.erase(key), model.erase(key) == 1);
    }
    ASSERT_EQ(index.size(), model.size());
  }
  for (const auto& [key, value] : model) EXPECT_EQ(*index.find(key), value);
}

TEST(ExampleStore, keeps_the_newest_and_shows_windows_without_copying) {
  Joiner joiner(two_targets());
  ExampleStore store(1000);
  for (std::size_t i = 0; i < 5000; i += 100) {
    joiner.add(shared_record(i, 100));
    joiner.add(labels_of(i, 100));
    for (const auto& batch : joiner.take()) ASSERT_TRUE(store.append(batch));
    EXPECT_LE(store.rows(), 1250u);  // trap 30
  }
  EXPECT_EQ(store.rows_total(), 5000u);
  const auto newest = store.newest(10);
  ASSERT_EQ(newest.inputs.rows, 10u);
  EXPECT_EQ(newest.inputs.columns[0].numbers[9], 4999.0 / 2);
  EXPECT_EQ(newest.truth[0][9], 4999.5);
  const auto window = store.newest_window(500);
  EXPECT_EQ(window.rows, 500u);
  EXPECT_EQ(window.columns[0].numbers.data() + 500, store.all().inputs.columns[0].numbers.data() + store.rows());
  EXPECT_EQ(window.truth[0].back(), 4999.5);
  EXPECT_EQ(store.times(), store.newest(5000).inputs.times);
  EXPECT_EQ(store.window(store.rows() + 5, 10).rows, 0u);
}

TEST(ExampleStore, old_rows_that_come_late_do_not_push_out_the_newest) {
  Joiner joiner(two_targets());
  const auto rows_of = [&](std::size_t first, std::size_t count) {
    joiner.add(shared_record(first, count));
    joiner.add(labels_of(first, count));
    const auto batches = joiner.take();
    return LabelledRows{batches[0].inputs, batches[0].truth};
  };
  ExampleStore store(1000);
  ASSERT_TRUE(store.append(rows_of(5000, 1000)));
  ASSERT_TRUE(store.append(rows_of(0, 2000)));
  ASSERT_EQ(store.rows(), 1000u);
  EXPECT_EQ(store.times().front(), at_second(5000));
  EXPECT_EQ(store.times().back(), at_second(5999));
}

TEST(ExampleStore, trap_16_what_was_known_before_it_was_predicted_is_not_learned) {
  Joiner joiner(two_targets());
  auto labels = labels_of(0, 10);
  labels.received_at = at_second(4);  // the rows are predicted at the seconds 0 to 9
  joiner.add(labels);
  auto record = testing::record_of(0, 10);
  record.versions[1].arm = Arm::challenger;
  record.answered[3] = 1;
  joiner.add(std::make_shared<PredictionRecord>(record));
  ExampleStore store;
  for (const auto& batch : joiner.take()) ASSERT_TRUE(store.append(batch));
  EXPECT_EQ(store.rows(), 5u);
  EXPECT_EQ(store.rows_known_before(), 5u);
  EXPECT_EQ(store.times().back(), at_second(4));
  EXPECT_EQ(store.answered_arm()[3], Arm::challenger) << "who answered stays with its row";
  EXPECT_EQ(store.answered_arm()[4], Arm::champion);
}

TEST(ExampleStore, labels_that_were_all_there_before_take_nothing_from_the_rows_kept) {
  Joiner joiner(two_targets());
  ExampleStore store;
  joiner.add(shared_record(0, 10));
  joiner.add(labels_of(0, 10));
  for (const auto& batch : joiner.take()) ASSERT_TRUE(store.append(batch));
  auto early = labels_of(10, 5);
  early.received_at = at_second(1);
  joiner.add(early);
  joiner.add(shared_record(10, 5));
  for (const auto& batch : joiner.take()) {
    const Status kept = store.append(batch);
    ASSERT_TRUE(kept) << kept.error().message();
  }
  EXPECT_EQ(store.rows_known_before(), 5u);
  EXPECT_EQ(store.rows(), 10u);
  EXPECT_TRUE(store.append(LabelledRows{})) << "a file may end at the end of a chunk";
  EXPECT_EQ(store.rows(), 10u);
}

TEST(ExampleStore, rows_that_a_challenger_answered_can_be_left_out) {
  auto record = testing::record_of(0, 10);
  record.versions[1].arm = Arm::challenger;
  for (std::size_t row = 0; row < 10; row += 2) record.answered[row] = 1;
  Joiner joiner(two_targets());
  joiner.add(std::make_shared<PredictionRecord>(record));
  joiner.add(labels_of(0, 10));
  ExampleStore store;
  ASSERT_TRUE(store.append(joiner.take().at(0)));
  EXPECT_EQ(store.newest(3).inputs.rows, 3u);
  const auto without = store.newest(3, ExampleStore::Include::not_challenger_answered);
  ASSERT_EQ(without.inputs.rows, 3u);
  EXPECT_EQ(without.truth[0], (Truth{5.5, 7.5, 9.5}));
  EXPECT_EQ(store.answered_arm()[0], Arm::challenger);
}

}  // namespace
}  // namespace perennial::feedback
