#include "rollout/brakes.hpp"

#include <gtest/gtest.h>

#include "rollout/scene.hpp"

namespace perennial::rollout {
namespace {

using std::chrono::hours;
using namespace test;

TEST(Brakes, too_many_in_a_day_or_taken_back_in_a_row_hold_the_next_one) {
  Plan p = plan();
  p.max_per_day = 2;
  p.freeze_after = 3;
  RolloutHistory history;
  EXPECT_EQ(braked(p, history, t0), "");
  history.began(t0);
  history.began(t0 + hours(1));
  EXPECT_NE(braked(p, history, t0 + hours(2)).find("2 rollouts have begun"), std::string::npos);
  EXPECT_EQ(braked(p, history, t0 + hours(24)), "") << "a day later the first one counts no more";
  p.max_per_day = 0;
  EXPECT_EQ(braked(p, history, t0 + hours(2)), "");
  history.rolled_back_in_a_row = 2;
  EXPECT_EQ(braked(p, history, t0 + hours(2)), "");
  history.rolled_back_in_a_row = 3;
  EXPECT_NE(braked(p, history, t0 + hours(24 * 365)).find("frozen"), std::string::npos) << "time does not mend it";
  p.freeze_after = 0;
  EXPECT_EQ(braked(p, history, t0), "");
  for (int i = 0; i < 5000; ++i) history.began(t0 + std::chrono::seconds(i));
  EXPECT_LE(history.begun.size(), most_rollouts_per_day);
}

}  // namespace
}  // namespace perennial::rollout
