#include "drift/estimators/impact.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

ColumnView numeric(std::string_view name, const std::vector<double>& values) {
  return {name, ColumnKind::numeric, values, {}, nullptr};
}

const ColumnImpact& of(const ImpactReport& report, std::string_view name) {
  for (const auto& column : report.columns)
    if (column.column == name) return column;
  ADD_FAILURE() << name;
  return report.columns.front();
}

/// Three columns: `cause` moves and the loss depends on it, `bystander` moves as much and nothing depends on it,
/// `still` does not move although the loss depends on it.
struct World {
  std::vector<double> cause, bystander, still, losses;
  std::vector<ColumnView> columns() const {
    return {numeric("bystander", bystander), numeric("still", still), numeric("cause", cause)};
  }
};

World world_of(Rng& rng, std::size_t n, double moved) {
  World world;
  for (std::size_t i = 0; i < n; ++i) {
    world.cause.push_back(moved + rng.normal());
    world.bystander.push_back(moved + rng.normal());
    world.still.push_back(rng.normal());
    world.losses.push_back(1 + 0.5 * world.cause.back() + 0.5 * world.still.back() + 0.1 * rng.normal());
  }
  return world;
}

TEST(Impact, ranks_the_planted_cause_first_and_clears_the_bystander) {
  Rng rng(1);
  const World before = world_of(rng, 5000, 0);
  const World after = world_of(rng, 2000, 0.5);
  DriftReport drift;
  drift.drifting_columns = {"bystander", "cause"};
  const auto report = rank_by_impact(before.columns(), before.losses, after.columns(), after.losses, drift);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_NEAR(report->change, 0.25, 4 * report->standard_error);
  ASSERT_EQ(report->columns.size(), 3u);
  EXPECT_EQ(report->columns[0].column, "cause");
  // Bins of ten take most of it; what moves within the outer bins is nobody's.
  EXPECT_NEAR(report->columns[0].share, 1, 0.2);
  EXPECT_TRUE(report->columns[0].material);
  EXPECT_TRUE(report->columns[0].drifts);
  EXPECT_LT(std::abs(of(*report, "bystander").share), 0.1);
  EXPECT_FALSE(of(*report, "bystander").material) << "drifts, but costs nothing";
  EXPECT_TRUE(of(*report, "bystander").drifts);
  EXPECT_LT(std::abs(of(*report, "still").share), 0.2);
  EXPECT_FALSE(of(*report, "still").drifts);
}

TEST(Impact, by_hand) {
  // Reference: half a, half b with losses 1 and 3. Current: 1/4 a, 3/4 b, losses as before: +0.5, all of it.
  Dictionary words;
  const std::int32_t a = words.code_of("a");
  const std::int32_t b = words.code_of("b");
  const std::vector<std::int32_t> before{a, a, b, b};
  const std::vector<std::int32_t> after{a, b, b, b};
  const ColumnView reference{"word", ColumnKind::categorical, {}, before, &words};
  const ColumnView current{"word", ColumnKind::categorical, {}, after, &words};
  const auto report = rank_by_impact(std::vector{reference}, std::vector<double>{1, 1, 3, 3}, std::vector{current},
                                     std::vector<double>{1, 3, 3, 3}, {});
  ASSERT_TRUE(report);
  EXPECT_DOUBLE_EQ(report->change, 0.5);
  EXPECT_DOUBLE_EQ(report->columns[0].effect, 0.5);
  EXPECT_DOUBLE_EQ(report->columns[0].share, 1);
}

TEST(Impact, values_never_seen_carry_the_loss_that_they_have_now) {
  Dictionary words;
  const std::int32_t a = words.code_of("a");
  const std::int32_t fresh = words.code_of("fresh");
  const std::vector<std::int32_t> before(100, a);
  std::vector<std::int32_t> after(80, a);
  after.insert(after.end(), 20, fresh);
  std::vector<double> losses(80, 1.0);
  losses.insert(losses.end(), 20, 6.0);
  const auto report = rank_by_impact(
      std::vector<ColumnView>{{"word", ColumnKind::categorical, {}, before, &words}}, std::vector<double>(100, 1.0),
      std::vector<ColumnView>{{"word", ColumnKind::categorical, {}, after, &words}}, losses, {});
  ASSERT_TRUE(report);
  EXPECT_DOUBLE_EQ(report->columns[0].effect, 1);
  EXPECT_DOUBLE_EQ(report->columns[0].share, 1);
  EXPECT_TRUE(report->columns[0].material);
}

TEST(Impact, a_helpful_shift_stands_last_with_a_negative_effect) {
  Rng rng(2);
  World before = world_of(rng, 3000, 0);
  World after = world_of(rng, 3000, 0);
  for (double& value : after.cause) value += 0.6;
  for (std::size_t i = 0; i < after.losses.size(); ++i) after.losses[i] += 0.3;
  for (double& value : after.still) value -= 0.4;
  for (std::size_t i = 0; i < after.losses.size(); ++i) after.losses[i] -= 0.2;
  const auto report = rank_by_impact(before.columns(), before.losses, after.columns(), after.losses, {});
  EXPECT_EQ(report->columns.front().column, "cause");
  EXPECT_EQ(report->columns.back().column, "still");
  EXPECT_LT(report->columns.back().effect, -0.1);
  EXPECT_TRUE(report->columns.back().material);
}

TEST(Impact, stable_data_is_seldom_called_material) {
  int alarms = 0;
  constexpr int worlds = 300;
  for (int world = 0; world < worlds; ++world) {
    Rng rng(100 + static_cast<std::uint64_t>(world));
    const World before = world_of(rng, 800, 0);
    const World after = world_of(rng, 400, 0);
    const auto report = rank_by_impact(before.columns(), before.losses, after.columns(), after.losses, {});
    ASSERT_TRUE(report);
    bool any = false;
    for (const auto& column : report->columns) any = any || column.material;
    alarms += any ? 1 : 0;
  }
  EXPECT_LE(alarms, worlds * 0.08) << "5 % are promised";
}

TEST(Impact, defined_results_or_clear_errors) {
  const std::vector<double> x{1, 2, nan, 4};
  const std::vector<double> losses{1, nan, 1, 1};
  const auto columns = std::vector{numeric("x", x)};
  const auto same = rank_by_impact(columns, losses, columns, losses, {});
  ASSERT_TRUE(same) << same.error().message();
  EXPECT_EQ(same->change, 0);
  EXPECT_EQ(same->columns[0].share, 0);
  EXPECT_FALSE(same->columns[0].material);
  EXPECT_TRUE(rank_by_impact(columns, losses, {}, std::vector<double>{1, 2}, {})->columns.empty());
  EXPECT_EQ(rank_by_impact(columns, std::vector<double>{1, nan, nan, nan}, columns, losses, {}).error().code,
            ErrorCode::invalid);
  EXPECT_EQ(rank_by_impact(columns, std::vector<double>{1, 2}, columns, losses, {}).error().code, ErrorCode::invalid);
  EXPECT_EQ(rank_by_impact(columns, losses, columns,
                           std::vector<double>{1, 1, 1, std::numeric_limits<double>::infinity()}, {})
                .error()
                .code,
            ErrorCode::invalid);
  EXPECT_EQ(to_json(*same).at("columns").size(), 1u);
}

}  // namespace
}  // namespace perennial::drift
