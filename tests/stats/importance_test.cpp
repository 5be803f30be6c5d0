#include "stats/importance.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace perennial::stats {
namespace {

TEST(Importance, shift_by_rows) {
  struct Row {
    const char* why;
    Importance before;
    Importance after;
    double shift;
  };
  for (const auto& row : std::vector<Row>{
           {"alike", {{"a", 0.7}, {"b", 0.3}}, {{"a", 0.7}, {"b", 0.3}}, 0},
           {"weight moves from a to b", {{"a", 0.7}, {"b", 0.3}}, {{"a", 0.4}, {"b", 0.6}}, 0.3},
           {"a column comes", {{"a", 1.0}}, {{"a", 0.8}, {"c", 0.2}}, 0.2},
           {"a column goes", {{"a", 0.5}, {"b", 0.5}}, {{"b", 1.0}}, 0.5},
           {"nothing in common", {{"a", 1.0}}, {{"b", 1.0}}, 1},
           {"two constants", {}, {}, 0},
           {"a constant against a model", {}, {{"a", 1.0}}, 1},
       }) {
    EXPECT_NEAR(importance_shift(row.before, row.after), row.shift, 1e-12) << row.why;
    EXPECT_NEAR(importance_shift(row.after, row.before), row.shift, 1e-12) << row.why << ", the other way round";
  }
}

}  // namespace
}  // namespace perennial::stats
