#include "core/hash.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace perennial {
namespace {

TEST(Hash, sha256_is_that_of_fips_180_4) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hash, pieces_hash_like_the_whole) {
  Sha256 hash;
  hash.add("a");
  hash.add("");
  hash.add("bc");
  EXPECT_EQ(hash.hex(), sha256_hex("abc"));
}

// Arms and checksums on disk depend on these for ever.
TEST(Hash, hash64_is_xxh64) {
  struct Row {
    std::string_view text;
    std::uint64_t seed;
    std::uint64_t wanted;
  };
  const std::vector<Row> rows = {
      {"", 0, 0xEF46DB3751D8E999ULL},
      {"a", 0, 0xD24EC4F1A98C6E5BULL},
      {"abc", 0, 0x44BC2CF5AD770999ULL},
  };
  for (const auto& row : rows) EXPECT_EQ(hash64(row.text, row.seed), row.wanted) << row.text;
  EXPECT_NE(hash64("abc", 1), hash64("abc", 2));
}

}  // namespace
}  // namespace perennial
