#include "lifecycle/evidence/judge_self_test.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "core/rng.hpp"
#include "lifecycle/evidence/batch.hpp"

namespace perennial::lifecycle {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Rows whose errors are noise.
feedback::JoinedBatch noisy_rows(std::size_t rows, std::uint64_t seed) {
  auto batch = joined(rows);
  for (std::size_t row = 0; row < rows; ++row) batch.ids[row] = std::to_string(seed * 1'000'000 + row);
  std::vector<std::size_t> all(rows);
  for (std::size_t row = 0; row < rows; ++row) all[row] = row;
  score(batch, "1.0.0", feedback::Arm::champion, all, 0, 0.5F, true);
  Rng rng(seed);
  for (std::size_t row = 0; row < rows; ++row) batch.truth[0][row] = 1 + rng.normal();
  return batch;
}

TEST(JudgeSelfTest, runs_once_a_day_on_the_champions_rows_and_keeps_its_promise) {
  const auto plan = rollout::default_plan();
  const TimePoint start{hours(24 * 20000)};
  JudgeSelfTest test(two_kinds(), 0);
  test.add(noisy_rows(2000, 1), "1.0.0");
  test.turn(plan, start);
  test.turn(plan, start + minutes(9));
  EXPECT_FALSE(test.newest()) << "a start has enough to do";
  test.turn(plan, start + minutes(11));
  for (int i = 0; i < 600 && !test.newest(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    test.turn(plan, start + minutes(12));
  }
  ASSERT_TRUE(test.newest());
  EXPECT_EQ(test.newest()->rows, 2000u);
  EXPECT_EQ(test.newest()->draws, rollout::self_test_draws);
  EXPECT_LE(test.newest()->low, 0.05);

  test.add(noisy_rows(1500, 2), "1.0.1");  // rows of a version that is not the champion now
  test.turn(plan, start + hours(30));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  test.turn(plan, start + hours(31));
  EXPECT_EQ(test.newest()->rows, 2000u) << "a new champion begins with no rows, so there is no test yet";
}

}  // namespace
}  // namespace perennial::lifecycle
