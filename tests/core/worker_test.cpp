#include "core/worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace perennial {
namespace {

TEST(Worker, works_in_the_order_given_on_one_other_thread) {
  Worker worker;
  std::vector<int> order;
  std::vector<std::future<std::thread::id>> threads;
  for (int i = 0; i < 1000; ++i)
    threads.push_back(worker.give([&order, i] {
      order.push_back(i);
      return std::this_thread::get_id();
    }));
  const auto first = threads.front().get();
  EXPECT_NE(first, std::this_thread::get_id());
  for (std::size_t i = 1; i < threads.size(); ++i) EXPECT_EQ(threads[i].get(), first);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Worker, all_that_was_given_is_done_when_it_ends) {
  std::atomic<int> done = 0;
  {
    Worker worker;
    for (int i = 0; i < 200; ++i) worker.give([&done] { ++done; });
  }
  EXPECT_EQ(done, 200);
}

TEST(Worker, takes_work_that_cannot_be_copied_and_hands_on_what_it_throws) {
  Worker worker;
  auto text = worker.give([own = std::make_unique<std::string>("made once")] { return *own; });
  auto thrown = worker.give([]() -> int { throw std::runtime_error("no"); });
  auto after = worker.give([] { return 7; });
  EXPECT_EQ(text.get(), "made once");
  EXPECT_THROW(thrown.get(), std::runtime_error);
  EXPECT_EQ(after.get(), 7);
}

TEST(Worker, takes_from_many_threads) {
  std::atomic<int> sum = 0;
  {
    Worker worker;
    std::vector<std::thread> givers;
    for (int giver = 0; giver < 4; ++giver)
      givers.emplace_back([&worker, &sum] {
        for (int i = 1; i <= 100; ++i) EXPECT_EQ(worker.give([&sum, i] { return sum += i; }).get() >= i, true);
      });
    for (auto& giver : givers) giver.join();
  }
  EXPECT_EQ(sum, 4 * 5050);
}

}  // namespace
}  // namespace perennial
