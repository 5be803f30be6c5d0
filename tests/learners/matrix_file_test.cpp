#include "learners/matrix_file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "core/hash.hpp"

namespace perennial::learners {
namespace {

MatrixFile sample() { return {2, 3, 1, {1, 2, 3, 4, 5, 6}, {7, std::nan("")}, {1, 2}, {0, 1}}; }

TEST(MatrixFile, survives_the_way_to_the_trainer) {
  const auto again = decode_matrix(*encode_matrix(sample()));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->features, sample().features);
  EXPECT_EQ(again->weights, sample().weights);
  EXPECT_EQ(again->validation, sample().validation);
  EXPECT_EQ(again->truth[0], 7);
  EXPECT_TRUE(std::isnan(again->truth[1]));
}

TEST(MatrixFile, every_damaged_byte_and_every_length_is_noticed) {
  const auto bytes = *encode_matrix(sample());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(decode_matrix(damaged).has_value()) << i;
    EXPECT_FALSE(decode_matrix(std::string_view(bytes).substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(decode_matrix(bytes + "x").has_value());
}

TEST(MatrixFile, sizes_in_the_file_are_not_trusted) {
  auto bytes = *encode_matrix(sample());
  const std::uint64_t huge = ~0ull / 17;
  std::memcpy(bytes.data() + 8, &huge, 8);
  const auto sum = hash64(std::string_view(bytes).substr(0, bytes.size() - 8));
  std::memcpy(bytes.data() + bytes.size() - 8, &sum, 8);
  const auto matrix = decode_matrix(bytes);
  ASSERT_FALSE(matrix.has_value());
  EXPECT_EQ(matrix.error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace perennial::learners
