#include "features/matrix.hpp"
#include <gtest/gtest.h>

#include "features/tables.hpp"

namespace perennial::features {
namespace {

TEST(Matrix, has_numbers_and_encoded_categories_row_by_row) {
  const Table rows =
      table_of({numbers("x", {1, missing, 1e300}), texts("c", {"b", "new", ""}), texts("d", {"q", "q", "p"})});
  const std::vector<InputColumn> columns = {
      {"c", ColumnKind::categorical}, {"x", ColumnKind::numeric}, {"d", ColumnKind::categorical}};
  const Encodings encodings{{{"c", {"a", "b"}}, {"d", {"p", "q"}}}};
  const auto matrix = to_matrix(rows, columns, encodings, 0, 3);
  ASSERT_OK(matrix);
  EXPECT_EQ(matrix->rows, 3u);
  EXPECT_EQ(matrix->columns, 3u);
  EXPECT_EQ(matrix->values[0], 1);
  EXPECT_EQ(matrix->values[1], 1);
  EXPECT_EQ(matrix->values[2], 1);
  EXPECT_TRUE(std::isnan(matrix->values[3])) << "an unseen category";
  EXPECT_TRUE(std::isnan(matrix->values[4]));
  EXPECT_TRUE(std::isnan(matrix->values[6])) << "a missing category";
  EXPECT_EQ(matrix->values[7], std::numeric_limits<float>::max());
  EXPECT_EQ(matrix->values[8], 0);
  const auto part = to_matrix(rows, columns, encodings, 2, 1);
  ASSERT_OK(part);
  EXPECT_EQ(part->values[2], 0);
  EXPECT_EQ(to_matrix(rows, columns, Encodings{}, 0, 3).error().code, ErrorCode::internal);
  EXPECT_EQ(to_matrix(rows, {{"none", ColumnKind::numeric}}, encodings, 0, 3).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::features
