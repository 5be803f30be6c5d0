#include "feedback/prediction_search.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

#include "feedback/label_log.hpp"
#include "feedback/prediction_log.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::feedback {
namespace {

TimePoint minute(std::uint64_t i) { return TimePoint(std::chrono::minutes(30'000'000 + static_cast<long>(i))); }

/// One prediction of entity e<i % 10>, answered by 1.0.0 with its own number.
std::shared_ptr<const PredictionRecord> one_of(std::uint64_t i, std::size_t padding) {
  auto record = std::make_shared<PredictionRecord>();
  record->ids = {fmt::format("p-{}", i)};
  record->request.columns = {Column{"a", ColumnKind::numeric, {static_cast<double>(i)}, {}, nullptr}};
  Column text{"note", ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()};
  text.codes = {text.dictionary->code_of(std::string(padding, 'x'))};
  record->request.columns.push_back(std::move(text));
  record->request.times = {minute(i)};
  record->request.entities = {fmt::format("e{}", i % 10)};
  record->request.rows = 1;
  record->versions = {{"1.0.0", Arm::champion, {1, 1, {static_cast<float>(i)}}, {1}, {0}}};
  record->answered = {0};
  return record;
}

class PredictionSearch : public ::testing::Test {
 protected:
  /// `count` predictions in segments of 64 KiB.
  void write(std::uint64_t count, std::size_t padding = 100) {
    PredictionLogOptions options;
    options.segment_bytes = 64 << 10;
    auto log = PredictionLog::open(files_, folder_ / "predictions", options);
    ASSERT_TRUE(log) << log.error().message();
    for (std::uint64_t i = 0; i < count; ++i) (*log)->append(one_of(i, padding));
    ASSERT_TRUE((*log)->flush());
  }
  Result<PredictionFound> find(const std::string& id) { return find_prediction(files_, folder_ / "predictions", id); }

  storage::RealFiles files_;
  test::TemporaryDirectory directory_;
  storage::Path folder_ = directory_.path();
};

TEST_F(PredictionSearch, finds_the_one_row_wherever_it_is) {
  write(2000);
  for (const std::uint64_t i : {0u, 1u, 999u, 1999u}) {
    const auto found = find(fmt::format("p-{}", i));
    ASSERT_TRUE(found) << found.error().message();
    ASSERT_TRUE(found->record) << i;
    EXPECT_EQ(found->record->rows(), 1U);
    EXPECT_EQ(found->record->request.columns[0].numbers[0], static_cast<double>(i));
    EXPECT_EQ(found->record->versions[0].outputs.values[0], static_cast<float>(i));
    EXPECT_EQ(found->record->request.times[0], minute(i));
  }
  EXPECT_FALSE(find("p-1999")->reach.whole_log) << "older segments were not read";
  EXPECT_LT(find("p-1999")->reach.rows, find("p-0")->reach.rows) << "the newest segment is looked at first";
}

TEST_F(PredictionSearch, an_id_is_more_than_a_part_of_another) {
  write(200);
  const auto part = find("p-1");
  ASSERT_TRUE(part && part->record);
  EXPECT_EQ(part->record->ids[0], "p-1");
  EXPECT_FALSE(find("p-")->record);
  EXPECT_FALSE(find("e1")->record) << "an entity is no id";
}

TEST_F(PredictionSearch, says_how_far_it_has_looked) {
  write(2000);
  const auto nothing = find("nobody");
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->record);
  EXPECT_EQ(nothing->reach.rows, 2000U);
  EXPECT_TRUE(nothing->reach.whole_log);
  EXPECT_EQ(nothing->reach.oldest, minute(0));
}

TEST_F(PredictionSearch, is_bounded_and_says_so) {
  write(2000, 1000);  // two megabytes: more segments than are searched
  const auto nothing = find("p-0");
  ASSERT_TRUE(nothing) << nothing.error().message();
  EXPECT_FALSE(nothing->record) << "it is in a segment that is too old";
  EXPECT_EQ(nothing->reach.segments, segments_searched);
  EXPECT_FALSE(nothing->reach.whole_log);
  EXPECT_LT(nothing->reach.rows, 2000U);
  ASSERT_TRUE(nothing->reach.oldest);
  EXPECT_GT(*nothing->reach.oldest, minute(0));
  EXPECT_TRUE(find("p-1999")->record);
}

TEST_F(PredictionSearch, a_log_that_is_not_there_has_no_rows) {
  const auto nothing = find("p-1");
  ASSERT_TRUE(nothing) << nothing.error().message();
  EXPECT_FALSE(nothing->record);
  EXPECT_EQ(nothing->reach.segments, 0U);
  EXPECT_TRUE(find_labels(files_, folder_ / "labels", {"p-1", {}, {}})->empty());
}

TEST_F(PredictionSearch, labels_are_found_by_id_and_by_entity_and_time) {
  const auto targets = std::make_shared<const std::vector<Target>>(
      std::vector<Target>{{"churned", Task::binary, {"no", "yes"}}, {"days", Task::regression, {}}});
  auto log = LabelLog::open(files_, folder_ / "labels", {.sync_each_call = false, .segment_bytes = 4 << 10});
  ASSERT_TRUE(log) << log.error().message();
  const auto add = [&](LabelKey key, double churned, double days) {
    LabelBatch batch;
    batch.targets = targets;
    batch.keys = {{"other-" + key.id + key.entity, {}, {}}, std::move(key)};
    batch.truth = {{0, churned}, {1, days}};
    batch.received_at = minute(5000);
    ASSERT_TRUE((*log)->append(std::move(batch)));
  };
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  add({"p-7", {}, {}}, 1, none);
  for (int i = 0; i < 300; ++i) add({fmt::format("q-{}", i), {}, {}}, 0, 3);
  add({"p-7", {}, {}}, none, 12);  // the other target comes later, in another segment
  add({{}, "e8", minute(8)}, 0, 30);
  add({{}, "e8", minute(18)}, 1, 40);

  ASSERT_TRUE((*log)->flush());

  const auto by_id = find_labels(files_, folder_ / "labels", {"p-7", "e7", minute(7)});
  ASSERT_TRUE(by_id) << by_id.error().message();
  ASSERT_EQ(by_id->size(), 2U);
  const auto& first = (*by_id)[0];
  EXPECT_EQ((*first.targets)[0].classes[static_cast<std::size_t>(first.truth[0][0])], "yes") << "the older one first";
  EXPECT_EQ((*by_id)[1].truth[1][0], 12);

  const auto by_entity = find_labels(files_, folder_ / "labels", {"p-8", "e8", minute(8)});
  ASSERT_TRUE(by_entity);
  ASSERT_EQ(by_entity->size(), 1U);
  EXPECT_EQ((*by_entity)[0].truth[1][0], 30);
  EXPECT_TRUE(find_labels(files_, folder_ / "labels", {"p-9", {}, {}})->empty());
}

}  // namespace
}  // namespace perennial::feedback
