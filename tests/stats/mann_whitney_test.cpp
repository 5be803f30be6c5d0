#include "stats/mann_whitney.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

TEST(MannWhitney, counts_pairs) {
  const auto result = mann_whitney(std::vector<double>{1, 2, 3}, std::vector<double>{2, 4, std::nan("")});
  EXPECT_DOUBLE_EQ(result.auc, 4.5 / 6);  // 2 beats 1 and ties 2, 4 beats all
  EXPECT_EQ(result.current_n, 2u);
  EXPECT_DOUBLE_EQ(mann_whitney(std::vector<double>{1, 2}, std::vector<double>{3, 4}).auc, 1);
  EXPECT_DOUBLE_EQ(mann_whitney(std::vector<double>{3, 4}, std::vector<double>{1, 2}).auc, 0);
}

TEST(MannWhitney, edges_are_no_evidence) {
  const std::vector<double> some{1, 2};
  const std::vector<double> none;
  const std::vector<double> equal{7, 7};
  for (const auto& [a, b] :
       {std::pair{some, none}, std::pair{none, some}, std::pair{none, none}, std::pair{equal, equal}}) {
    EXPECT_EQ(mann_whitney(a, b).auc, 0.5);
    EXPECT_EQ(mann_whitney(a, b).p_value, 1);
  }
}

// 2000 pairs of one distribution, half of them with ties: 5 % give or take three binomial standard errors.
TEST(MannWhitney, keeps_its_level) {
  Rng rng(1);
  int alarms = 0;
  for (int run = 0; run < 2000; ++run) {
    std::vector<double> a(150);
    std::vector<double> b(80);
    for (auto* side : {&a, &b})
      for (double& value : *side) value = run % 2 == 0 ? rng.uniform() : static_cast<double>(rng.below(4));
    alarms += mann_whitney(a, b).p_value < 0.05;
  }
  EXPECT_LT(alarms / 2000.0, 0.065);
  EXPECT_GT(alarms / 2000.0, 0.035);
}

}  // namespace
}  // namespace perennial::stats
