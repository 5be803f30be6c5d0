#include "lifecycle/evidence/held_out_answers.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::lifecycle {
namespace {

HeldOutAnswers some(std::size_t rows) {
  HeldOutAnswers answers;
  auto words = std::make_shared<Dictionary>();
  Column x{"x", ColumnKind::numeric, {}, {}, nullptr};
  Column kind{"kind", ColumnKind::categorical, {}, {}, words};
  answers.truth.resize(2);
  answers.outputs = {rows, 3, {}};
  for (std::size_t i = 0; i < rows; ++i) {
    x.numbers.push_back(i % 7 == 0 ? std::nan("") : 0.1 * static_cast<double>(i));
    kind.codes.push_back(i % 5 == 0 ? -1 : words->code_of(i % 2 == 0 ? "even" : "odd"));
    answers.inputs.times.push_back(TimePoint(std::chrono::minutes(i)));
    answers.inputs.entities.push_back("somebody");
    answers.truth[0].push_back(static_cast<double>(i));
    answers.truth[1].push_back(i % 3 == 0 ? std::nan("") : 1.0);
    for (int k = 0; k < 3; ++k) answers.outputs.values.push_back(static_cast<float>(i) + 0.25F * static_cast<float>(k));
  }
  answers.inputs.columns = {x, kind};
  answers.inputs.rows = rows;
  return answers;
}

TEST(HeldOutAnswers, come_back_from_their_blob_as_they_were) {
  const HeldOutAnswers before = some(23);
  const auto after = decode_held_out(encode(before, "1.0.0"));
  ASSERT_TRUE(after) << after.error().message();
  ASSERT_EQ(after->rows(), 23U);
  ASSERT_EQ(after->inputs.columns.size(), 2U) << "the truths are no inputs";
  EXPECT_EQ(after->outputs.values, before.outputs.values);
  EXPECT_EQ(after->outputs.width, 3U);
  EXPECT_EQ(after->inputs.times, before.inputs.times);
  ASSERT_EQ(after->truth.size(), 2U);
  EXPECT_EQ(after->truth[0], before.truth[0]);
  for (std::size_t i = 0; i < 23; ++i) {
    EXPECT_EQ(std::isnan(after->truth[1][i]), std::isnan(before.truth[1][i])) << i;
    EXPECT_EQ(std::isnan(after->inputs.columns[0].numbers[i]), std::isnan(before.inputs.columns[0].numbers[i])) << i;
    EXPECT_EQ(after->inputs.columns[1].text(i), before.inputs.columns[1].text(i)) << i;
  }
  EXPECT_EQ(decode_held_out("rubbish").error().code, ErrorCode::corrupt);
}

TEST(HeldOutAnswers, are_thinned_evenly_and_keep_rows_together) {
  const HeldOutAnswers all = some(100);
  const auto few = HeldOutAnswers::thinned(all.inputs, all.outputs, all.truth, 10);
  ASSERT_EQ(few.rows(), 10U);
  EXPECT_EQ(few.truth[0], (Truth{0, 10, 20, 30, 40, 50, 60, 70, 80, 90}));
  EXPECT_EQ(few.outputs.values[3 * 4], 40.0F);
  EXPECT_TRUE(few.inputs.entities.empty()) << "nobody asks who they were";
  EXPECT_EQ(HeldOutAnswers::thinned(all.inputs, all.outputs, all.truth, 1000).rows(), 100U);
  EXPECT_EQ(HeldOutAnswers::thinned(some(0).inputs, some(0).outputs, some(0).truth, 10).rows(), 0U);
}

}  // namespace
}  // namespace perennial::lifecycle
