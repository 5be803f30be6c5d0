#include "app/demo/fleet_simulator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace perennial::app {
namespace {

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

TEST(FleetSimulator, the_same_seed_gives_the_same_rows_however_they_are_asked_for) {
  FleetSimulator whole({20, 7, {}});
  FleetSimulator parts({20, 7, {}});
  FleetSimulator other({20, 8, {}});
  const auto rows = whole.next_rows(1000);
  auto pieces = parts.next_rows(333);
  const auto rest = parts.next_rows(667);
  ASSERT_TRUE(pieces.table.append(rest.table));
  pieces.rul.insert(pieces.rul.end(), rest.rul.begin(), rest.rul.end());
  EXPECT_EQ(rows.rul, pieces.rul);
  EXPECT_EQ(rows.table.entities, pieces.table.entities);
  EXPECT_EQ(rows.table.times, pieces.table.times);
  for (std::size_t c = 0; c < rows.table.columns.size(); ++c)
    EXPECT_EQ(rows.table.columns[c].numbers, pieces.table.columns[c].numbers);
  EXPECT_NE(rows.table.columns[2].numbers, other.next_rows(1000).table.columns[2].numbers);
}

TEST(FleetSimulator, rows_come_in_fleet_time_order_one_per_engine_and_hour) {
  FleetSimulator fleet({10, 1, {}});
  const auto rows = fleet.next_rows(100);
  EXPECT_EQ(rows.table.rows, 100U);
  std::vector<std::string> names;
  for (const auto& column : rows.table.columns) names.push_back(column.name);
  EXPECT_EQ(names, FleetSimulator::feature_names());
  EXPECT_EQ(names, (std::vector<std::string>{"setting1", "setting2", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"}));
  EXPECT_EQ(rows.table.entities.front(), "unit-001");
  EXPECT_EQ(rows.table.times[9], rows.table.times[0]);
  EXPECT_EQ(rows.table.times[10] - rows.table.times[0], std::chrono::hours(1));
  EXPECT_EQ(rows.table.times[99] - rows.table.times[0], std::chrono::hours(9));
}

TEST(FleetSimulator, every_engine_runs_down_to_its_failure_and_is_replaced) {
  FleetSimulator fleet({10, 3, {}});
  const auto rows = fleet.next_rows(6000);
  std::map<std::string, std::vector<std::size_t>> lives;
  for (std::size_t i = 0; i < rows.table.rows; ++i) lives[rows.table.entities[i]].push_back(i);
  EXPECT_GT(lives.size(), 25U);
  std::size_t failed = 0;
  for (const auto& [name, life] : lives) {
    for (std::size_t k = 1; k < life.size(); ++k) {
      EXPECT_EQ(rows.cycle[life[k]], rows.cycle[life[k - 1]] + 1) << name;
      const double before = rows.rul[life[k - 1]];
      const double now = rows.rul[life[k]];
      if (before < FleetSimulator::rul_cap) {
        EXPECT_EQ(now, before - 1) << name;
      }
    }
    const bool at_the_end = life.back() + 10 >= rows.table.rows;
    EXPECT_TRUE(at_the_end || rows.rul[life.back()] == 0) << name << " vanished before its failure";
    failed += at_the_end ? 0 : 1;
  }
  EXPECT_EQ(failed + 10, lives.size());
}

TEST(FleetSimulator, health_follows_from_the_remaining_life) {
  const std::vector<std::pair<double, std::string>> rows = {{0, "critical"},   {30, "critical"}, {31, "degrading"},
                                                            {80, "degrading"}, {81, "healthy"},  {125, "healthy"}};
  for (const auto& [rul, health] : rows) EXPECT_EQ(FleetSimulator::health_of(rul), health);
  FleetSimulator fleet;
  const auto sample = fleet.next_rows(5000);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < sample.rul.size(); ++i) {
    EXPECT_EQ(sample.health[i], FleetSimulator::health_of(sample.rul[i]));
    EXPECT_GE(sample.rul[i], 0);
    EXPECT_LE(sample.rul[i], FleetSimulator::rul_cap);
    seen.insert(sample.health[i]);
  }
  EXPECT_EQ(seen.size(), 3U);
}

/// Least squares of the remaining life on s4 among engines that are wearing out: a stand-in for a model.
struct Line {
  double slope = 0;
  double level = 0;
  explicit Line(const FleetRows& rows) {
    const auto& s4 = rows.table.find("s4")->numbers;
    const double mx = mean(s4);
    const double my = mean(rows.rul);
    double xy = 0;
    double xx = 0;
    for (std::size_t i = 0; i < s4.size(); ++i) {
      xy += (s4[i] - mx) * (rows.rul[i] - my);
      xx += (s4[i] - mx) * (s4[i] - mx);
    }
    slope = xy / xx;
    level = my - slope * mx;
  }
  double rmse(const FleetRows& rows) const {
    const auto& s4 = rows.table.find("s4")->numbers;
    double sum = 0;
    for (std::size_t i = 0; i < s4.size(); ++i) {
      const double error = level + slope * s4[i] - rows.rul[i];
      sum += error * error;
    }
    return std::sqrt(sum / static_cast<double>(s4.size()));
  }
};

TEST(FleetSimulator, a_shift_moves_the_sensors_spoils_an_old_model_and_a_new_one_recovers) {
  for (const std::uint64_t seed : {42U, 7U, 1U}) {
    FleetSimulator fleet({100, seed, {}});
    const auto before = fleet.next_rows(6000);
    const auto calm = fleet.next_rows(6000);
    fleet.shift(1);
    const auto recent = fleet.next_rows(3000);
    const auto after = fleet.next_rows(6000);
    const Line old_model(before);
    const Line new_model(recent);
    const double error = old_model.rmse(calm);
    EXPECT_GT(old_model.rmse(after), 1.15 * error) << seed;
    EXPECT_LT(new_model.rmse(after), 1.1 * error) << seed;
    EXPECT_NEAR(mean(after.table.find("s1")->numbers) - mean(calm.table.find("s1")->numbers), 14, 0.5) << seed;
    EXPECT_NEAR(mean(after.table.find("setting1")->numbers), mean(calm.table.find("setting1")->numbers), 0.03) << seed;
  }
}

}  // namespace
}  // namespace perennial::app
