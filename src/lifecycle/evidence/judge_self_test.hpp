#pragma once
// Once a day: does the judge keep its promise on this model's own rows (rollout/self_test.hpp)?

#include <cstddef>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/time.hpp"
#include "feedback/joiner.hpp"
#include "rollout/self_test.hpp"

namespace perennial::lifecycle {

inline constexpr std::size_t self_test_rows_kept = 10'000;  ///< the champion's newest labelled rows; at most twice
inline constexpr std::size_t self_test_rows_least = 1000;   ///< before the first test
inline constexpr Duration self_test_every = std::chrono::hours(24);
inline constexpr Duration self_test_after = std::chrono::minutes(10);  ///< a start, which has enough to do

/// Not thread-safe; the test itself runs on a thread of its own, on a copy of the rows.
class JudgeSelfTest {
 public:
  /// `target`: the position of the primary metric's.
  JudgeSelfTest(std::vector<Target> targets, std::size_t target) : targets_(std::move(targets)), target_(target) {}

  /// Rows that `champion` answered; those of an earlier one are let go.
  void add(const feedback::JoinedBatch& batch, const std::string& champion);
  /// Starts a test where one is due, and takes the result of one that has ended. Never waits.
  void turn(const rollout::Plan& plan, TimePoint now);
  /// Of the newest test that has ended.
  const std::optional<rollout::SelfTest>& newest() const { return newest_; }

 private:
  std::vector<Target> targets_;
  std::size_t target_;
  std::string champion_;
  std::vector<rollout::SelfTestRow> rows_;
  std::optional<TimePoint> due_at_;
  std::future<rollout::SelfTest> running_;
  std::optional<rollout::SelfTest> newest_;
};

}  // namespace perennial::lifecycle
