#include "feedback/label_values.hpp"
#include <gtest/gtest.h>

#include "feedback/rows.hpp"

namespace perennial::feedback {
namespace {

using testing::at_second;
using testing::two_targets;

TEST(LabelValues, bad_labels_are_refused_by_name) {
  const LabelValue rul{"rul", 5, {}, false};
  const auto id = std::optional<std::string_view>("a");
  const auto entity = std::optional<std::string_view>("e");
  const auto at = std::optional<TimePoint>(at_second(1));
  const std::string long_id(300, 'x');
  struct Case {
    std::string why;
    RawLabel label;
    std::string says;
  };
  const std::vector<Case> cases = {
      {"an unknown target", {id, {}, {}, {{"rull", 5, {}, false}}, {}}, "rul"},
      {"an unknown class", {id, {}, {}, {{"health", 0, "goood", true}}, {}}, "good"},
      {"text for a number", {id, {}, {}, {{"rul", 0, "five", true}}, {}}, "five"},
      {"NaN", {id, {}, {}, {{"rul", testing::kMissing, {}, false}}, {}}, "'rul'"},
      {"infinity", {id, {}, {}, {{"rul", INFINITY, {}, false}}, {}}, "'rul'"},
      {"a target twice", {id, {}, {}, {rul, rul}, {}}, "twice"},
      {"no value", {id, {}, {}, {}, {}}, "no value"},
      {"no key", {{}, {}, {}, {rul}, {}}, "'id'"},
      {"two keys", {id, entity, at, {rul}, {}}, "both"},
      {"an entity without a time", {{}, entity, {}, {rul}, {}}, "'at'"},
      {"an empty id", {std::string_view(""), {}, {}, {rul}, {}}, "empty"},
      {"a long id", {std::string_view(long_id), {}, {}, {rul}, {}}, "256"},
      {"a wrong confidence", {id, {}, {}, {rul}, 1.5}, "confidence"},
  };
  for (const auto& c : cases) {
    const std::vector<RawLabel> labels{{id, {}, {}, {rul}, {}}, c.label};
    const auto result = label_batch(two_targets(), labels, at_second(9));
    ASSERT_FALSE(result) << c.why;
    EXPECT_EQ(result.error().code, ErrorCode::invalid) << c.why;
    EXPECT_NE(result.error().message().find("label 2"), std::string::npos) << result.error().message();
    EXPECT_NE(result.error().message().find(c.says), std::string::npos) << result.error().message();
  }
}

TEST(LabelValues, values_become_truth) {
  const std::vector<RawLabel> labels{
      {std::string_view("a"), {}, {}, {{"health", 0, "good", true}, {"rul", 7, {}, false}}, {}},
      {{}, std::string_view("e"), at_second(3), {{"health", 0, "bad", true}}, 0.5}};
  const auto batch = label_batch(two_targets(), labels, at_second(9));
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_EQ(batch->truth[0][0], 7);
  EXPECT_TRUE(std::isnan(batch->truth[0][1]));
  EXPECT_EQ(batch->truth[1], (Truth{2, 0}));
  EXPECT_EQ(batch->confidence, (std::vector<float>{1, 0.5f}));
  EXPECT_EQ(batch->keys[1], (LabelKey{"", "e", at_second(3)}));
}

TEST(LabelValues, a_number_names_a_numeric_class) {
  const auto targets =
      std::make_shared<const std::vector<Target>>(std::vector<Target>{{"y", Task::binary, {"0", "1"}}});
  const std::vector<RawLabel> labels{{std::string_view("a"), {}, {}, {{"y", 1, {}, false}}, {}}};
  EXPECT_EQ(label_batch(targets, labels, at_second(9))->truth[0][0], 1);
  // As files write them: without an exponent.
  const auto codes = std::make_shared<const std::vector<Target>>(
      std::vector<Target>{{"y", Task::multiclass, {"0.0001", "100000", "20000000"}}});
  for (const auto& [value, index] : {std::pair{0.0001, 0.0}, {100000.0, 1.0}, {2e7, 2.0}}) {
    const std::vector<RawLabel> one{{std::string_view("a"), {}, {}, {{"y", value, {}, false}}, {}}};
    const auto batch = label_batch(codes, one, at_second(9));
    ASSERT_TRUE(batch) << batch.error().message();
    EXPECT_EQ(batch->truth[0][0], index);
  }
}

TEST(LabelBatch, survives_storage_and_another_class_list) {
  LabelBatch batch = testing::label_of("a", 5, 2);
  batch.keys.push_back({"", "e", at_second(-5)});
  batch.truth = {{5, testing::kMissing}, {2, 0}};
  batch.confidence = {1, 0.25f};
  batch.sequence = 42;
  const std::string bytes = encode(batch);
  auto back = decode_labels(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->keys, batch.keys);
  EXPECT_EQ(back->sequence, 42u);
  EXPECT_EQ(back->confidence, batch.confidence);
  const auto wider = std::make_shared<const std::vector<Target>>(
      std::vector<Target>{{"health", Task::multiclass, {"awful", "bad", "fair", "good"}}});
  std::size_t dropped = 0;
  const auto renamed = retarget(*back, wider, &dropped);
  EXPECT_EQ(renamed.truth[0], (Truth{3, 1}));
  EXPECT_EQ(dropped, 1u);  // rul
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(decode_labels(bytes.substr(0, cut)));
}

}  // namespace
}  // namespace perennial::feedback
