// Every batch test, on the columns that break them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "drift/detector.hpp"

namespace perennial::drift {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<std::vector<double>> awkward_numbers() {
  Rng rng(1);
  std::vector<double> normal(1000);
  for (double& value : normal) value = rng.normal();
  std::vector<double> holes = normal;
  for (std::size_t i = 0; i < holes.size(); i += 3) holes[i] = nan;
  return {{},
          {1},
          {nan},
          {inf},
          {-inf},
          std::vector<double>(500, 4),
          std::vector<double>(500, nan),
          std::vector<double>(500, inf),
          {-inf, inf, nan, 0, 1e308, -1e308, 5e-324},
          normal,
          holes};
}

void expect_defined(const Detector& detector, const Outcome& outcome) {
  EXPECT_TRUE(std::isfinite(outcome.statistic) && outcome.statistic >= 0) << outcome.statistic;
  EXPECT_TRUE(std::isfinite(outcome.noise_bound) && outcome.noise_bound >= 0) << outcome.noise_bound;
  EXPECT_TRUE(std::isfinite(outcome.p_value) && outcome.p_value <= 1) << outcome.p_value;
  EXPECT_EQ(outcome.p_value >= 0, detector.significance);
}

TEST(DriftTests, are_defined_on_any_numeric_columns) {
  const auto samples = awkward_numbers();
  for (const auto& detector : detectors().members()) {
    if (!detector.numeric) continue;
    for (std::size_t a = 0; a < samples.size(); ++a)
      for (std::size_t b = 0; b < samples.size(); ++b) {
        SCOPED_TRACE(fmt::format("{} {} {}", detector.entry.name, a, b));
        const ColumnView before{"x", ColumnKind::numeric, samples[a], {}, nullptr};
        const ColumnView now{"x", ColumnKind::numeric, samples[b], {}, nullptr};
        const auto outcome = detector.test(ColumnReference::prepare(before), now, 0.01);
        expect_defined(detector, outcome);
        if (a == b) {
          EXPECT_NEAR(outcome.statistic, 0, 1e-12);
        }
        if (samples[a].empty() || samples[b].empty()) {
          EXPECT_EQ(outcome.statistic, 0);
          EXPECT_EQ(outcome.p_value, detector.significance ? 1 : -1);
        }
      }
  }
}

TEST(DriftTests, are_defined_on_any_categorical_columns) {
  Dictionary dictionary;
  std::vector<std::vector<std::int32_t>> samples{
      {}, {-1}, {0}, std::vector<std::int32_t>(300, -1), std::vector<std::int32_t>(300, 2)};
  std::vector<std::int32_t> mixed;
  std::vector<std::int32_t> unique;
  for (int i = 0; i < 600; ++i) {
    unique.push_back(dictionary.code_of(std::to_string(i)));
    mixed.push_back(i % 5 - 1);
  }
  samples.push_back(mixed);
  samples.push_back(unique);
  for (const auto& detector : detectors().members()) {
    if (!detector.categorical) continue;
    for (std::size_t a = 0; a < samples.size(); ++a)
      for (std::size_t b = 0; b < samples.size(); ++b) {
        SCOPED_TRACE(fmt::format("{} {} {}", detector.entry.name, a, b));
        const ColumnView before{"x", ColumnKind::categorical, {}, samples[a], &dictionary};
        const ColumnView now{"x", ColumnKind::categorical, {}, samples[b], &dictionary};
        const auto outcome = detector.test(ColumnReference::prepare(before), now, 0.01);
        expect_defined(detector, outcome);
        if (samples[a].empty() || samples[b].empty()) {
          EXPECT_EQ(outcome.statistic, 0);
        }
      }
  }
}

TEST(DriftTests, have_a_name_a_summary_a_kind_and_a_null_member) {
  for (const auto& detector : detectors().members()) {
    EXPECT_FALSE(detector.entry.name.empty());
    EXPECT_FALSE(detector.entry.summary.empty());
    EXPECT_TRUE(detector.numeric || detector.categorical);
  }
  EXPECT_TRUE(detectors().find("none"));
  const auto unknown = detectors().find("kss");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message().find("ks"), std::string::npos);
}

}  // namespace
}  // namespace perennial::drift
