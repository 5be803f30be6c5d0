// Every batch test, on the columns that break them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "drift/detector.hpp"
#include "stats/kolmogorov.hpp"

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
          {0.0, -0.0},
          {1, 2, inf},
          {-1.7e308, 1.7e308},
          {5e-324, 1e-323, 1.5e-323},
          normal,
          holes};
}

// Above 0.1, where no level is, the limit distribution may stand for it; a handful of rows is exact at any level.
TEST(DriftTests, ks_of_dependent_rows_is_that_of_as_many_independent_ones) {
  const auto& ks = **detectors().find("ks");
  Rng rng(2);
  std::vector<double> before(100000);
  for (double& value : before) value = rng.normal();
  auto reference = ColumnReference::prepare({"x", ColumnKind::numeric, before, {}, nullptr});
  int below = 0;
  for (const double wanted : {1.0, 2.0, 12.0, 19.0, 21.0, 60.0, 400.0}) {
    reference.inflation.shape = 500 / wanted;
    const double worth = std::max(1.0, std::floor(100000 * wanted / (100000 + wanted)));
    for (const double shift : {0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 100.0}) {
      std::vector<double> rows(500);
      for (double& value : rows) value = shift + rng.normal();
      const auto outcome = ks.test(reference, {"x", ColumnKind::numeric, rows, {}, nullptr}, 0.01);
      const double exact = stats::kolmogorov_n_sf(worth, outcome.statistic);
      if (exact > 0.1 && worth >= 20) EXPECT_NEAR(outcome.p_value, exact, 0.1) << worth << ' ' << shift;
      else EXPECT_EQ(outcome.p_value, exact) << worth << ' ' << shift;
      below += exact < 0.05;
    }
    EXPECT_EQ(
        ks.test(reference, {"x", ColumnKind::numeric, std::vector<double>(500, 100.0), {}, nullptr}, 0.01).p_value, 0)
        << worth;
  }
  EXPECT_GE(below, 20);
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
    if (!detector.applies_to(ColumnKind::numeric)) continue;
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
    if (!detector.applies_to(ColumnKind::categorical)) continue;
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

ColumnView numeric(std::string_view name, std::span<const double> values) {
  return {name, ColumnKind::numeric, values, {}, nullptr};
}

// What must be seen and what must not, whatever the test: so that a member that always says 0 is not a member.
TEST(DriftTests, tell_what_changed_from_what_did_not) {
  Rng rng(2);
  const auto normals = [&](std::size_t rows, double mean, double spread) {
    std::vector<double> values(rows);
    for (double& value : values) value = mean + spread * rng.normal();
    return values;
  };
  const auto silent = [](std::vector<double> values) {
    for (std::size_t i = 0; i < values.size(); i += 2) values[i] = nan;
    return values;
  };
  struct Row {
    std::vector<double> before;
    std::vector<double> now;
    bool drifts;
    std::string why;
    bool moves = false;  ///< what a test of location sees too
  };
  const std::vector<Row> rows{
      {normals(3000, 0, 1), normals(1000, 0, 1), false, "nothing changed"},
      {normals(3000, 1e6, 1e-3), normals(1000, 1e6, 1e-3), false, "nothing changed far from zero"},
      {silent(normals(3000, 0, 1)), silent(normals(1000, 0, 1)), false, "always half silent"},
      {std::vector<double>(3000, 7), std::vector<double>(1000, 7), false, "a constant stays"},
      {std::vector<double>(3000, nan), std::vector<double>(1000, nan), false, "never there"},
      {normals(3000, 0, 1), normals(1000, 1, 1), true, "a shift of a deviation", true},
      {normals(3000, 1e6, 1e-3), normals(1000, 1e6 + 1e-3, 1e-3), true, "the same far from zero", true},
      {normals(3000, 0, 1), normals(1000, 0, 3), true, "a spread"},
      {normals(3000, 0, 1), silent(normals(1000, 0, 1)), true, "half falls silent"},
      {normals(3000, 0, 1), std::vector<double>(1000, nan), true, "all falls silent"},
      {normals(3000, 0, 1), std::vector<double>(1000, inf), true, "all infinite", true},
      {normals(3000, 0, 1), std::vector<double>(1000, 0), true, "stuck at its mean"},
      {std::vector<double>(3000, 7), std::vector<double>(1000, 7.5), true, "a constant moves", true},
      {std::vector<double>(3000, 7), normals(1000, 7, 1), true, "a constant comes to life"},
  };
  for (const auto& detector : detectors().members()) {
    if (!detector.applies_to(ColumnKind::numeric) || detector.entry.name == "none") continue;
    for (const auto& row : rows) {
      const auto outcome =
          detector.test(ColumnReference::prepare(numeric("x", row.before)), numeric("x", row.now), 0.001);
      const double threshold = std::max(detector.threshold > 0 ? detector.threshold : 0.2, outcome.noise_bound);
      const bool drifts = detector.significance ? outcome.p_value < 0.001 : outcome.statistic > threshold;
      const bool only_location = detector.entry.name == "rank_sum";
      EXPECT_EQ(drifts, row.drifts && (row.moves || !only_location))
          << detector.entry.name << ": " << row.why << ", " << outcome.statistic << " against " << threshold << ", p "
          << outcome.p_value;
    }
  }
}

// Far more categories than the dictionary keeps: the rest is one value, and all tests stay defined and bounded.
TEST(DriftTests, a_million_categories_are_one_column) {
  constexpr int rows = 1'000'000;
  Dictionary dictionary;
  std::vector<std::int32_t> before(rows);
  std::vector<std::int32_t> now(rows);
  for (int i = 0; i < rows; ++i)
    before[static_cast<std::size_t>(i)] = dictionary.code_of("before-" + std::to_string(i));
  for (int i = 0; i < rows; ++i) now[static_cast<std::size_t>(i)] = dictionary.code_of("now-" + std::to_string(i));
  const ColumnView reference_view{"id", ColumnKind::categorical, {}, before, &dictionary};
  const ColumnView current_view{"id", ColumnKind::categorical, {}, now, &dictionary};
  const auto reference = ColumnReference::prepare(reference_view);
  for (const auto& detector : detectors().members()) {
    if (!detector.applies_to(ColumnKind::categorical)) continue;
    SCOPED_TRACE(detector.entry.name);
    expect_defined(detector, detector.test(reference, current_view, 0.01));
    expect_defined(detector, detector.test(reference, reference_view, 0.01));
  }
}

// Codes that no dictionary knows, or a column without one: missing, not a crash.
TEST(DriftTests, unknown_codes_are_missing_values) {
  Dictionary dictionary;
  dictionary.code_of("a");
  const std::vector<std::int32_t> known(500, 0);
  const std::vector<std::int32_t> unknown(500, 12345);
  const auto reference = ColumnReference::prepare({"x", ColumnKind::categorical, {}, known, &dictionary});
  for (const auto& detector : detectors().members()) {
    if (!detector.applies_to(ColumnKind::categorical)) continue;
    SCOPED_TRACE(detector.entry.name);
    for (const Dictionary* of :
         {static_cast<const Dictionary*>(&dictionary), static_cast<const Dictionary*>(nullptr)}) {
      const auto outcome = detector.test(reference, {"x", ColumnKind::categorical, {}, unknown, of}, 0.01);
      expect_defined(detector, outcome);
      if (detector.entry.name != "none") {
        EXPECT_GT(outcome.statistic, 0.1);
      }
    }
  }
}

TEST(DriftTests, joint_ones_are_defined_on_any_columns) {
  const auto samples = awkward_numbers();
  Dictionary dictionary;
  std::vector<std::int32_t> codes(800);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = i % 3 == 0 ? -1 : dictionary.code_of(std::to_string(i % 7));
  const ColumnView text{"text", ColumnKind::categorical, {}, codes, &dictionary};
  const ColumnView no_dictionary{"text", ColumnKind::categorical, {}, codes, nullptr};
  for (const auto& detector : detectors().members()) {
    EXPECT_NE(detector.test == nullptr, detector.joint == nullptr) << detector.entry.name;
    if (detector.joint == nullptr) continue;
    for (std::size_t a = 0; a < samples.size(); ++a)
      for (const std::size_t b : {std::size_t{0}, std::size_t{1}, a, (a + 5) % samples.size()}) {
        SCOPED_TRACE(fmt::format("{} {} {}", detector.entry.name, a, b));
        const std::vector<ColumnView> before{numeric("x", samples[a]), text};
        const std::vector<ColumnView> now{numeric("x", samples[b]), b % 2 == 0 ? text : no_dictionary};
        const auto reference = Reference::prepare(before, {});
        const auto outcome = detector.joint(reference, {now, {samples[a], samples[b]}, 1});
        expect_defined(detector, outcome);
        expect_defined(detector, detector.joint(reference, {{}, {}, 1}));
        expect_defined(detector, detector.joint(Reference(), {now, {samples[a], {}}, 1}));
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
