#include "drift/priority.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::drift {
namespace {

TEST(Priority, by_severity) {
  struct Row {
    double share;
    int priority;
  };
  for (const auto& row : std::vector<Row>{{0.21, 5},
                                          {0.20, 4},
                                          {0.11, 4},
                                          {0.10, 3},
                                          {0.06, 3},
                                          {0.05, 2},
                                          {0.01, 2},
                                          {0, 1},
                                          {-0.3, 1},
                                          {INFINITY, 5},
                                          {NAN, 1}})
    EXPECT_EQ(priority_of_decay(row.share), row.priority) << row.share;
}

TEST(Priority, a_decay_that_was_not_detected_is_none) {
  DecayReport report;
  report.decay_share = 0.5;
  EXPECT_EQ(priority_of(report), 1);
  report.detected = true;
  EXPECT_EQ(priority_of(report), 5);
}

}  // namespace
}  // namespace perennial::drift
