#include "stats/mean_change.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

/// Errors of a classifier: 1 with probability `rate`.
std::vector<double> errors(Rng& rng, std::size_t count, double rate) {
  std::vector<double> values(count);
  for (double& value : values) value = rng.uniform() < rate ? 1 : 0;
  return values;
}

std::vector<double> autoregression(Rng& rng, std::size_t count, double r) {
  std::vector<double> values(count);
  double state = 0;
  for (double& value : values) value = state = r * state + rng.normal();
  return values;
}

void append(std::vector<double>& values, const std::vector<double>& more) {
  values.insert(values.end(), more.begin(), more.end());
}

TEST(MeanChange, is_rarely_found_where_nothing_changes) {
  struct Row {
    std::string what;
    std::vector<double> (*make)(Rng&);
    double most;  ///< of 1000 series, at a significance of 1 %
  };
  const std::vector<Row> rows = {
      {"normal", [](Rng& rng) { return autoregression(rng, 2000, 0); }, 20},
      {"resembling neighbours", [](Rng& rng) { return autoregression(rng, 2000, 0.5); }, 20},
      {"errors of one row in five", [](Rng& rng) { return errors(rng, 2000, 0.2); }, 20},
      {"errors of one row in twenty", [](Rng& rng) { return errors(rng, 2000, 0.05); }, 30},
      {"squares, a heavy tail",
       [](Rng& rng) {
         auto values = autoregression(rng, 2000, 0);
         for (double& value : values) value *= value;
         return values;
       },
       40},
  };
  for (const auto& row : rows) {
    Rng rng(7);
    int found = 0;
    for (int i = 0; i < 1000; ++i) found += newest_mean_change(row.make(rng)).has_value() ? 1 : 0;
    std::cout << row.what << ": " << found << " of 1000\n";
    EXPECT_LE(found, row.most) << row.what;
  }
}

TEST(MeanChange, is_found_where_it_is) {
  struct Row {
    std::string what;
    std::size_t before, after;
    double rate_before, rate_after;
    std::size_t within;  ///< rows of the true place, in nine series of ten
  };
  const std::vector<Row> rows = {
      {"an abrupt change in the middle", 1000, 1000, 0.12, 0.3, 100},
      {"a recent one after a long calm", 4000, 300, 0.12, 0.3, 100},
      {"the end of a bad stretch", 600, 600, 0.35, 0.12, 100},
  };
  for (const auto& row : rows) {
    Rng rng(11);
    int near = 0;
    for (int i = 0; i < 200; ++i) {
      auto values = errors(rng, row.before, row.rate_before);
      append(values, errors(rng, row.after, row.rate_after));
      const auto change = newest_mean_change(values);
      if (change && std::abs(static_cast<double>(change->at) - static_cast<double>(row.before)) <= row.within) ++near;
    }
    EXPECT_GE(near, 180) << row.what;
  }
}

TEST(MeanChange, of_several_the_newest_counts) {
  Rng rng(3);
  auto values = errors(rng, 1500, 0.1);
  append(values, errors(rng, 1500, 0.3));
  append(values, errors(rng, 1500, 0.6));
  const auto change = newest_mean_change(values);
  ASSERT_TRUE(change.has_value());
  EXPECT_NEAR(static_cast<double>(change->at), 3000, 60);
  EXPECT_NEAR(change->after, 0.6, 0.05);
}

TEST(MeanChange, edges_are_defined) {
  EXPECT_FALSE(newest_mean_change({}).has_value());
  EXPECT_FALSE(newest_mean_change(std::vector<double>(99, 1.0)).has_value()) << "fewer than two stretches";
  EXPECT_FALSE(newest_mean_change(std::vector<double>(1000, 1e9)).has_value()) << "a constant";
  std::vector<double> step(200, 0.0);
  std::fill(step.begin() + 120, step.end(), 1.0);
  const auto change = newest_mean_change(step);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->at, 120U);
  EXPECT_EQ(change->p_value, 0);
}

}  // namespace
}  // namespace perennial::stats
