#include "serving/split.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "core/hash.hpp"

namespace perennial::serving {
namespace {

TEST(Split, trap_01_the_arm_is_the_same_in_every_process) {
  // Literals: a change of the hash, of the salt's use or of the buckets moves entities between arms.
  EXPECT_EQ(bucket_of("engine-1", 42), 9673u);
  EXPECT_EQ(bucket_of("engine-2", 42), 1986u);
  EXPECT_EQ(bucket_of("engine-1", 43), 7978u);
  EXPECT_EQ(bucket_of("", 0), hash64("", 0) % 10000);
}

TEST(Split, trap_01_a_larger_weight_only_adds_entities) {
  std::set<int> before;
  for (const double weight : {0.0, 0.0001, 0.05, 0.1, 0.25, 0.5, 1.0}) {
    std::set<int> now;
    for (int i = 0; i < 20000; ++i)
      if (goes_to_challenger(fmt::format("e{}", i), 99, challenger_buckets(weight))) now.insert(i);
    EXPECT_TRUE(std::includes(now.begin(), now.end(), before.begin(), before.end()));
    EXPECT_NEAR(static_cast<double>(now.size()) / 20000, weight, 0.01);
    before = now;
  }
  EXPECT_EQ(before.size(), 20000u);
}

TEST(Split, weights_become_buckets) {
  struct Case {
    std::string why;
    double weight;
    std::uint64_t buckets;
  };
  for (const auto& c : std::vector<Case>{{"nothing", 0, 0},
                                         {"not a number is nothing", std::nan(""), 0},
                                         {"negative is nothing", -1, 0},
                                         {"7 % is not 699 buckets", 0.07, 700},
                                         {"29 % is not 2899 buckets", 0.29, 2900},
                                         {"all", 1, 10000},
                                         {"never more than all", 2, 10000}})
    EXPECT_EQ(challenger_buckets(c.weight), c.buckets) << c.why;
}

}  // namespace
}  // namespace perennial::serving
