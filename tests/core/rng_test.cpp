#include "core/rng.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace perennial {
namespace {

// Computed apart from this code: xoshiro256** over four SplitMix64 outputs.
TEST(Rng, gives_the_published_sequence) {
  const std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>> rows = {
      {0, {11091344671253066420ULL, 13793997310169335082ULL, 1900383378846508768ULL}},
      {1, {12966619160104079557ULL, 9600361134598540522ULL, 10590380919521690900ULL}},
      {42, {1546998764402558742ULL, 6990951692964543102ULL, 12544586762248559009ULL}},
  };
  for (const auto& [seed, wanted] : rows) {
    Rng rng(seed);
    for (const auto value : wanted) EXPECT_EQ(rng.next(), value) << "seed " << seed;
  }
  Rng rng(42);
  EXPECT_EQ(rng.uniform(), 0.08386297105988216);
  EXPECT_EQ(rng.uniform(), 0.3789802506626686);
}

TEST(Rng, below_stays_below_and_meets_every_value) {
  Rng rng(3);
  std::vector<int> counts(7);
  for (int i = 0; i < 7000; ++i) ++counts.at(rng.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.below(1), 0U);
}

TEST(Rng, normal_has_mean_0_and_variance_1) {
  Rng rng(5);
  double sum = 0;
  double squares = 0;
  constexpr int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.03);
  EXPECT_NEAR(squares / n, 1, 0.05);
}

TEST(Rng, uuids_are_of_version_4_and_differ) {
  Rng rng(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = rng.uuid();
    ASSERT_EQ(id.size(), 36U);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) EXPECT_EQ(id[dash], '-') << id;
    EXPECT_EQ(id[14], '4') << id;
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(Rng, a_fork_depends_on_seed_and_name_not_on_what_was_drawn) {
  Rng a(9);
  const Rng b(9);
  for (int i = 0; i < 10; ++i) a.next();
  EXPECT_EQ(a.fork("jitter").next(), b.fork("jitter").next());
  EXPECT_NE(a.fork("jitter").next(), b.fork("split").next());
  EXPECT_NE(Rng(8).fork("jitter").next(), b.fork("jitter").next());
}

}  // namespace
}  // namespace perennial
