#include "core/beside.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace perennial {
namespace {

TEST(Beside, works_on_another_thread_and_gives_what_it_made) {
  auto thread = beside([] { return std::this_thread::get_id(); });
  auto text = beside([] { return std::string(100, 'x'); });
  EXPECT_NE(thread.get(), std::this_thread::get_id());
  EXPECT_EQ(text.get().size(), 100U);
}

TEST(Beside, whoever_leaves_early_waits_for_it) {
  int done = 0;
  {
    const auto left = beside([&done] { done = 1; });
  }
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace perennial
