#include "drift/accumulation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "core/rng.hpp"
#include "drift/detect.hpp"
#include "drift/seasonal_reference.hpp"

namespace perennial::drift {
namespace {

constexpr std::size_t window = 500;

Table one_column(std::vector<double> values) {
  Table table;
  table.rows = values.size();
  Column column;
  column.name = "x";
  column.numbers = std::move(values);
  table.columns.push_back(std::move(column));
  return table;
}

/// A stream of one column, what the reference says of it, and what its looks add up to.
struct Watched {
  explicit Watched(std::function<double(Rng&)> row, std::uint64_t seed) : row_of(std::move(row)), rng(seed) {
    const Table rows = drawn(700 * window);
    calibration = Calibration::learn(views_of(rows), {}, window);
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < 5000; ++i) kept.push_back(i * rows.rows / 5000);
    reference = Reference::prepare(views_of(rows.pick(kept)), DriftSettings{}, calibration);
  }
  Table drawn(std::size_t rows, double shift = 0) {
    std::vector<double> values(rows);
    for (double& value : values) value = row_of(rng) + shift;
    return one_column(std::move(values));
  }
  double look(double shift = 0) {
    const Table rows = drawn(window, shift);
    EXPECT_TRUE(accumulation.take(reference, calibration, views_of(rows), window, window));
    return accumulation.of("x")->p_value;
  }

  std::function<double(Rng&)> row_of;
  Rng rng;
  Calibration calibration;
  Reference reference;
  Accumulation accumulation;
};

double normal(Rng& rng) { return rng.normal(); }

TEST(Accumulation, small_shifts_add_up_over_looks) {
  Watched watched(normal, 1);
  for (int i = 0; i < 20; ++i) EXPECT_GT(watched.look(), 1e-4) << i;
  // Three standard errors of one look.
  double least = 1;
  std::uint64_t rows = 0;
  for (int i = 0; i < 12 && least > 1e-5; ++i) {
    least = watched.look(0.15);
    rows = watched.accumulation.of("x")->rows;
  }
  EXPECT_LT(least, 1e-5);
  EXPECT_GT(rows, window) << "one look alone does not show it";
  EXPECT_GT(watched.accumulation.of("x")->auc, 0.51);
}

TEST(Accumulation, the_end_of_a_shift_is_seen_at_once) {
  Watched watched(normal, 2);
  for (int i = 0; i < 30; ++i) watched.look(0.5);
  EXPECT_LT(watched.accumulation.of("x")->p_value, 1e-12);
  watched.look();
  EXPECT_GT(watched.look(), 1e-3) << "what was before the change is forgotten";
}

TEST(Accumulation, counts_each_row_once) {
  Watched watched(normal, 3);
  const Table rows = watched.drawn(window, 0.1);
  ASSERT_TRUE(watched.accumulation.take(watched.reference, watched.calibration, views_of(rows), window, window));
  const Shift once = *watched.accumulation.of("x");
  for (int i = 0; i < 50; ++i)
    EXPECT_FALSE(watched.accumulation.take(watched.reference, watched.calibration, views_of(rows), 49, window));
  EXPECT_EQ(watched.accumulation.of("x")->p_value, once.p_value) << "too few rows are new: the look before stands";
  EXPECT_LE(once.rows, window);
}

TEST(Accumulation, rare_values_raise_no_more_alarms_than_others) {
  // One row in a hundred is different: sums of few rows are skewed, and a normal tail would be too short.
  Watched watched([](Rng& rng) { return rng.uniform() < 0.01 ? 1.0 : 0.0; }, 4);
  std::size_t alarms = 0;
  constexpr std::size_t looks = 20000;
  for (std::size_t i = 0; i < looks; ++i) alarms += watched.look() < 0.001 ? 1 : 0;
  EXPECT_LE(alarms, 2 * looks / 1000);
  // And yet a tripled share is seen within some looks.
  watched.row_of = [](Rng& rng) { return rng.uniform() < 0.03 ? 1.0 : 0.0; };
  double least = 1;
  for (int i = 0; i < 6; ++i) least = std::min(least, watched.look());
  EXPECT_LT(least, 0.001);
}

TEST(Accumulation, leaves_out_what_it_cannot_judge) {
  const Table constant = one_column(std::vector<double>(5000, 7));
  const Reference reference = Reference::prepare(views_of(constant), DriftSettings{});
  Accumulation accumulation;
  EXPECT_TRUE(accumulation.take(reference, {}, views_of(constant), window, window));
  EXPECT_EQ(accumulation.of("x"), nullptr) << "a constant reference: the plain test has an answer";
  EXPECT_EQ(accumulation.of("unheard of"), nullptr);

  Watched watched(normal, 5);
  const Table missing = one_column(std::vector<double>(window, std::numeric_limits<double>::quiet_NaN()));
  ASSERT_TRUE(watched.accumulation.take(watched.reference, watched.calibration, views_of(missing), window, window));
  EXPECT_EQ(watched.accumulation.of("x")->p_value, 1) << "no value, no shift: the share of missing ones is for ks";
  const Table infinite = one_column(std::vector<double>(window, std::numeric_limits<double>::infinity()));
  ASSERT_TRUE(watched.accumulation.take(watched.reference, watched.calibration, views_of(infinite), window, window));
  EXPECT_LT(watched.accumulation.of("x")->p_value, 1e-12);
  EXPECT_TRUE(std::isfinite(watched.accumulation.of("x")->auc));
  const Table other;
  watched.accumulation.take(watched.reference, watched.calibration, views_of(other), window, window);
  EXPECT_EQ(watched.accumulation.of("x"), nullptr) << "not in this window";
  watched.accumulation.restart();
  EXPECT_EQ(watched.accumulation.of("x"), nullptr);
}

TEST(Accumulation, a_report_judges_rank_sum_by_what_the_looks_add_up_to) {
  Watched watched(normal, 6);
  DriftSettings settings;
  settings.tests = {{"rank_sum", {}}};
  Table rows;
  for (int i = 0; i < 10; ++i) {
    rows = watched.drawn(window, 0.12);
    watched.accumulation.take(watched.reference, watched.calibration, views_of(rows), window, window);
  }
  const auto alone = detect(watched.reference, views_of(rows), settings);
  const auto together = detect(watched.reference, views_of(rows), settings, {}, &watched.accumulation);
  EXPECT_TRUE(together.drift);
  ASSERT_EQ(together.columns.size(), 1u);
  EXPECT_LT(together.columns[0].p_value, alone.columns[0].p_value);
  EXPECT_GT(together.columns[0].current_rows, window);
}

}  // namespace
}  // namespace perennial::drift
