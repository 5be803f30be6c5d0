#include "features/batch.hpp"
#include <gtest/gtest.h>

#include "features/tables.hpp"

namespace perennial::features {
namespace {

TEST(Batch, keeps_the_order_of_the_signature_and_splits_by_kind) {
  const Table rows = table_of({texts("t", {"a", "", "c"}), numbers("x", {1, missing, 3}), numbers("y", {4, 5, 6})});
  const auto batch =
      to_batch(rows, {{"y", ColumnKind::numeric}, {"t", ColumnKind::categorical}, {"x", ColumnKind::numeric}}, 1, 2);
  ASSERT_OK(batch);
  EXPECT_EQ(batch->rows, 2u);
  EXPECT_EQ(batch->numeric_count, 2u);
  EXPECT_EQ(batch->text_count, 1u);
  EXPECT_EQ(batch->numbers[0], 5);
  EXPECT_TRUE(std::isnan(batch->numbers[1]));
  EXPECT_EQ(batch->numbers[3], 3);
  EXPECT_EQ(batch->texts, (std::vector<std::string>{"", "c"}));
}

TEST(Batch, names_a_missing_or_wrong_feature) {
  const Table rows = table_of({numbers("x", {1})});
  EXPECT_NE(to_batch(rows, {{"z", ColumnKind::numeric}}, 0, 1).error().message().find("'z'"), std::string::npos);
  EXPECT_NE(to_batch(rows, {{"x", ColumnKind::categorical}}, 0, 1).error().message().find("'x'"), std::string::npos);
  EXPECT_FALSE(to_batch(rows, {{"x", ColumnKind::numeric}}, 1, 1));
}

TEST(Batch, doubles_beyond_floats_stay_finite) {
  EXPECT_EQ(to_float(1e300), std::numeric_limits<float>::max());
  EXPECT_EQ(to_float(-1e300), std::numeric_limits<float>::lowest());
  EXPECT_EQ(to_float(0.1), 0.1f);
  EXPECT_TRUE(std::isnan(to_float(missing)));
}

}  // namespace
}  // namespace perennial::features
