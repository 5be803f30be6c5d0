#include "training/executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace perennial::training {
namespace {

using namespace std::chrono_literals;

TimePoint at(int seconds) { return TimePoint(std::chrono::seconds(seconds)); }

std::vector<Finished> wait_for(Executor& executor) {
  for (int i = 0; i < 2000; ++i) {
    auto finished = executor.poll({});
    if (!finished.empty()) return finished;
    std::this_thread::sleep_for(5ms);
  }
  return {};
}

TEST(Executor, trap_22_the_loop_goes_on_while_a_training_runs) {
  std::atomic<bool> go{false};
  ThreadExecutor executor;
  ASSERT_TRUE(executor
                  .start("1", {}, {},
                         [&](const CancelFlag&) -> Result<RunResult> {
                           while (!go) std::this_thread::sleep_for(1ms);
                           return RunResult{};
                         })
                  .has_value());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(executor.poll({}).empty());  // would hang here if it waited
  EXPECT_EQ(executor.running(), 1U);
  go = true;
  const auto finished = wait_for(executor);
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished[0].job_id, "1");
  EXPECT_TRUE(finished[0].result.has_value());
  EXPECT_EQ(executor.running(), 0U);
}

TEST(Executor, work_that_throws_is_a_failed_run) {
  ThreadExecutor executor;
  ASSERT_TRUE(
      executor.start("1", {}, {}, [](const CancelFlag&) -> Result<RunResult> { throw std::runtime_error("boom"); })
          .has_value());
  const auto finished = wait_for(executor);
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_NE(finished[0].result.error().what.find("boom"), std::string::npos);
}

TEST(Executor, is_bounded_and_refuses_a_job_twice) {
  ThreadExecutor executor(1);
  const auto until_cancelled = [](const CancelFlag& cancel) -> Result<RunResult> {
    while (!cancel->load()) std::this_thread::sleep_for(1ms);
    return fail(ErrorCode::cancelled, "cancelled");
  };
  ASSERT_TRUE(executor.start("1", {}, {}, until_cancelled).has_value());
  EXPECT_EQ(executor.start("1", {}, {}, until_cancelled).error().code, ErrorCode::conflict);
  EXPECT_EQ(executor.start("2", {}, {}, until_cancelled).error().code, ErrorCode::overloaded);
  EXPECT_TRUE(executor.cancel("1"));
  EXPECT_FALSE(executor.cancel("2"));
  EXPECT_EQ(wait_for(executor).at(0).result.error().code, ErrorCode::cancelled);
  ASSERT_TRUE(executor.start("3", {}, {}, until_cancelled).has_value());  // ended by the destructor
}

TEST(Executor, virtual_runs_end_when_their_model_says) {
  VirtualExecutor executor(3);
  int runs = 0;
  const auto work = [&](const CancelFlag&) -> Result<RunResult> {
    ++runs;
    return RunResult{};
  };
  ASSERT_TRUE(executor.start("slow", at(0), 100s, work).has_value());
  ASSERT_TRUE(executor.start("quick", at(10), 20s, work).has_value());
  EXPECT_EQ(executor.next_end(), at(30));
  EXPECT_TRUE(executor.poll(at(29)).empty());
  EXPECT_EQ(runs, 0);
  const auto finished = executor.poll(at(500));
  ASSERT_EQ(finished.size(), 2U);
  EXPECT_EQ(finished[0].job_id, "quick");
  EXPECT_EQ(finished[0].at, at(30));
  EXPECT_EQ(finished[1].job_id, "slow");
  EXPECT_EQ(finished[1].at, at(100));
  EXPECT_EQ(executor.next_end(), std::nullopt);
}

TEST(Executor, a_cancelled_virtual_run_does_no_work) {
  VirtualExecutor executor;
  ASSERT_TRUE(
      executor.start("1", at(0), 100s, [](const CancelFlag&) -> Result<RunResult> { return RunResult{}; }).has_value());
  EXPECT_TRUE(executor.cancel("1"));
  const auto finished = executor.poll(at(1));
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished[0].at, at(1));
  EXPECT_EQ(finished[0].result.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace perennial::training
