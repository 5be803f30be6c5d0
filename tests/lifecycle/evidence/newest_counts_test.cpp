#include "lifecycle/evidence/newest_counts.hpp"

#include <gtest/gtest.h>

#include "rollout/judge.hpp"

namespace perennial::lifecycle {
namespace newest_counts_tests {

rollout::ArmEvidence counted(std::uint64_t requests, std::uint64_t errors, std::uint64_t over = 0) {
  rollout::ArmEvidence arm;
  arm.requests = arm.latency_samples = requests;
  arm.errors = errors;
  arm.latency_over = over;
  return arm;
}

TEST(NewestCounts, are_those_since_an_earlier_look) {
  NewestCounts newest;
  newest.observe(1, counted(500, 2, 1));
  EXPECT_EQ(newest.since(1, counted(530, 12)).requests, 0u) << "too few for a rate";
  EXPECT_EQ(newest.since(1, counted(504, 2)), rollout::RecentEvidence{});
  EXPECT_EQ(newest.since(1, counted(600, 82, 31)), (rollout::RecentEvidence{100, 80, 100, 30}));
}

TEST(NewestCounts, see_few_slow_runs_beside_many_quick_ones_before) {
  NewestCounts newest;
  for (std::uint64_t turn = 1; turn <= 20; ++turn) newest.observe(1, counted(500 * turn, 0));
  newest.observe(1, counted(10250, 0, 3));  // it turns slow amid a turn, and then ends three runs per turn
  newest.observe(1, counted(10253, 0, 6));
  const auto recent = newest.since(1, counted(10256, 0, 9));
  EXPECT_EQ(recent.latency_samples, 6u) << "not the 250 quick ones of the turn in which it began";
  EXPECT_EQ(recent.latency_over, 6u);
  EXPECT_EQ(recent.requests, 256u);
}

TEST(NewestCounts, do_not_take_the_first_runs_of_a_version_for_a_fault) {
  NewestCounts newest;
  newest.observe(1, counted(1, 0, 1));
  EXPECT_EQ(newest.since(1, counted(9, 0, 9)).latency_samples, 0u);
}

TEST(NewestCounts, begin_anew_with_every_phase) {
  NewestCounts newest;
  newest.observe(1, counted(500, 100));
  EXPECT_EQ(newest.since(2, counted(560, 0)), rollout::RecentEvidence{}) << "another phase's counts are no base";
  newest.observe(2, counted(30, 0));
  EXPECT_EQ(newest.since(2, counted(90, 30)), (rollout::RecentEvidence{60, 30, 60, 0}));
}

TEST(NewestCounts, take_the_shortest_stretch_with_enough_requests) {
  NewestCounts newest;
  std::uint64_t requests = 0;
  for (int turn = 0; turn < 100; ++turn) newest.observe(1, counted(requests += 30, 0));
  const auto recent = newest.since(1, counted(requests, 0));
  EXPECT_EQ(recent.requests, 60u);
  EXPECT_GE(recent.requests, rollout::least_requests);
}

TEST(NewestCounts, a_model_that_is_asked_seldom_keeps_its_marks_apart) {
  NewestCounts newest;
  for (std::uint64_t requests = 1; requests <= 1000; ++requests) newest.observe(1, counted(requests, 0));
  EXPECT_GE(newest.since(1, counted(1000, 0)).requests, rollout::least_requests);
  EXPECT_LE(newest.since(1, counted(1000, 0)).requests, rollout::least_requests + kRequestsPerMark);
}

}  // namespace newest_counts_tests
}  // namespace perennial::lifecycle
