#include "app/backtest/backtest.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "app/backtest/report.hpp"
#include "app/backtest/tune.hpp"
#include "core/rng.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t rows = 2400;
constexpr std::size_t change = 1250;  ///< from this row on the classes are exchanged

class BacktestRun : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(PERENNIAL_TRAINER)) FAIL() << "perennial-trainer is not built";
    std::ofstream classes(folder_ / "classes.csv");
    std::ofstream numbers(folder_ / "numbers.csv");
    classes << "a,b,place,y\n";
    numbers << "a,b,place,y\n";
    Rng rng(11);
    for (std::size_t row = 0; row < rows; ++row) {
      const double a = rng.uniform();
      const double b = rng.uniform();
      const char* place = rng.uniform() < 0.5 ? "north" : "south";
      const bool flipped = row >= change;
      const bool noise = rng.uniform() < 0.03;
      classes << a << ',' << b << ',' << place << ',' << (((a > 0.5) != flipped) != noise ? "yes" : "no") << '\n';
      numbers << a << ',' << b << ',' << place << ',' << (flipped ? 10 - 8 * a : 8 * a) + 0.1 * rng.normal() << '\n';
    }
  }

  BacktestOptions options(const std::string& task, const std::string& policies) {
    const std::string primary = task == "classification" ? "accuracy" : "rmse";
    auto config = lifecycle::parse_fleet(
        "version: 1\nmodels:\n"
        "  - name: planted\n"
        "    targets: {y: " +
            task +
            "}\n"
            "    primary: y." +
            primary +
            "\n"
            "    monitor: {every: 50rows, window: 100rows, min_rows: 50}\n"
            "    train: {params: {rounds: 20, max_depth: 3}, holdout: 20%}\n"
            "    retrain: {window: 300rows, cooldown: 5000rows, min_priority: 4}\n"
            "    gates: [{metric: y." +
            primary +
            ", vs: champion, better_by_at_least: 0}]\n"
            "    rollout: {shadow: 20rows, canary: {steps: [{weight: 50%, bake: 20rows}], min_samples: 20}, watch: "
            "50rows}\n",
        "test.yaml");
    EXPECT_TRUE(config.has_value()) << config.error().message();
    BacktestOptions made;
    made.replay.config = *config;
    made.replay.config.replay.warmup = 500;
    made.replay.data = {(folder_ / (task == "classification" ? "classes.csv" : "numbers.csv")).string()};
    made.replay.trainer = PERENNIAL_TRAINER;
    made.replay.quiet = true;
    made.policies = policies;
    return made;
  }

  static const BacktestLine& line(const Backtest& result, const std::string& policy) {
    for (const auto& one : result.lines)
      if (one.run.policy == policy) return one;
    ADD_FAILURE() << "no line of " << policy;
    return result.lines.front();
  }

  test::TemporaryDirectory folder_;
};

TEST_F(BacktestRun, the_policy_that_sees_the_planted_change_costs_least) {
  auto asked = options("classification", "never,scheduled:300rows,decay,oracle");
  asked.prices = {60, 0, 1e9};
  const auto results = backtest(asked);
  ASSERT_TRUE(results.has_value()) << results.error().message();
  ASSERT_EQ(results->size(), 3U);
  const Backtest& dear = results->front();
  EXPECT_EQ(dear.rows, rows);
  EXPECT_EQ(dear.warmup_rows, 500U);
  EXPECT_EQ(dear.scored_rows, rows - 500);

  const auto& never = line(dear, "never");
  const auto& schedule = line(dear, "scheduled:300rows");
  const auto& decay = line(dear, "decay");
  const auto& oracle = line(dear, "oracle");
  EXPECT_EQ(never.run.retrains, 0U);
  EXPECT_NEAR(never.loss, (rows - change) * 0.97 + (change - 500) * 0.03, 60) << "wrong on nearly all rows that follow";
  EXPECT_GE(schedule.run.retrains, 4U) << "neither cooldown nor priority hold it back";
  EXPECT_GE(decay.run.retrains, 1U);
  EXPECT_LE(decay.run.retrains, 3U);
  EXPECT_EQ(propose(dear)->policy, "decay");
  EXPECT_EQ(dear.lines.size(), 4U);

  // A bound, and not a run of the loop: it swaps at once, at the first grid point that helps.
  EXPECT_LE(oracle.total_cost, decay.total_cost);
  EXPECT_EQ(oracle.run.retrains, oracle.run.timeline.size());
  for (const auto& entry : oracle.run.timeline) EXPECT_EQ((entry.at("row").get<std::size_t>() - 500) % grid_rows, 0U);
  EXPECT_LE(oracle.total_cost, dear.floor + 60 * 6) << "retraining at all six points is one of its plans";
  for (const auto& one : dear.lines) {
    EXPECT_DOUBLE_EQ(one.retrain_cost, 60.0 * static_cast<double>(one.run.retrains)) << one.run.policy;
    EXPECT_DOUBLE_EQ(one.total_cost, one.loss + one.retrain_cost) << one.run.policy;
    EXPECT_DOUBLE_EQ(one.excess, one.total_cost - dear.floor) << one.run.policy;
    EXPECT_NEAR(one.run.score, 1 - one.loss / static_cast<double>(rows - 500), 1e-9) << "accuracy is one minus errors";
  }

  const Backtest& cheap = (*results)[1];
  EXPECT_EQ(line(cheap, "never").total_cost, never.loss);
  EXPECT_GE(line(cheap, "oracle").run.retrains, oracle.run.retrains);
  EXPECT_LE(line(cheap, "oracle").loss, oracle.loss);
  const auto& unaffordable = line(results->back(), "oracle");
  EXPECT_EQ(unaffordable.run.retrains, 0U);
  EXPECT_EQ(unaffordable.total_cost, never.total_cost) << "the bound's first version answers as the loop's does";
  EXPECT_EQ(unaffordable.run.score, never.run.score);
}

TEST_F(BacktestRun, retrains_begin_on_the_grid_and_say_why) {
  const auto results = backtest(options("classification", "scheduled:300rows"));
  ASSERT_TRUE(results.has_value()) << results.error().message();
  std::size_t started = 0;
  for (const auto& entry : results->front().lines.front().run.timeline) {
    if (entry.at("event") != event_type::job_started) continue;
    const auto row = entry.at("row").get<std::size_t>() + 1;
    EXPECT_EQ((row - 500) % snap_rows, 0U) << "row " << row;
    ++started;
  }
  EXPECT_EQ(started, results->front().lines.front().run.retrains + 1) << "the first version, and the retrains";
  bool cooldown = false;
  for (const auto& change_of : results->front().changed)
    cooldown = cooldown || change_of.find("cooldown") != std::string::npos;
  EXPECT_TRUE(cooldown) << "what is not as in the config is said";
}

TEST_F(BacktestRun, policies_share_the_models_that_both_would_train) {
  auto asked = options("classification", "scheduled:600rows");
  asked.data_dir = (folder_ / "kept").string();
  const auto one = backtest(asked);
  ASSERT_TRUE(one.has_value()) << one.error().message();
  EXPECT_EQ(one->front().lines.front().run.retrains, 3U);
  // Six grid points, the first version and three retrains, of which the last may be running where the history ends.
  EXPECT_GE(one->front().models_trained, 9U);
  EXPECT_LE(one->front().models_trained, 10U);
  asked.policies = "config";
  asked.replay.config.models[0].text["retrain"]["when"] = Json::parse(R"([{"every": "600rows"}])");
  const auto other = backtest(asked);
  ASSERT_TRUE(other.has_value()) << other.error().message();
  EXPECT_EQ(other->front().models_trained, 0U);
  EXPECT_EQ(other->front().lines.front().loss, one->front().lines.front().loss);
}

TEST_F(BacktestRun, a_regression_counts_in_mean_squared_errors_of_never) {
  const auto results = backtest(options("regression", "never,scheduled:300rows,oracle"));
  ASSERT_TRUE(results.has_value()) << results.error().message();
  const Backtest& result = results->front();
  const auto& never = line(result, "never");
  EXPECT_NEAR(never.loss, static_cast<double>(rows - 500), 1e-6) << "by definition";
  EXPECT_NEAR(result.unit, never.run.score * never.run.score, 1e-3 * result.unit) << "its RMSE, squared";
  for (const auto& one : result.lines)
    EXPECT_NEAR(one.loss * result.unit, one.run.score * one.run.score * static_cast<double>(rows - 500),
                1e-3 * one.loss * result.unit)
        << one.run.policy;
  const auto& oracle = line(result, "oracle");
  EXPECT_LE(oracle.total_cost, never.total_cost);
}

TEST_F(BacktestRun, the_same_seed_gives_the_same_bytes_and_a_second_run_trains_nothing) {
  auto asked = options("classification", "never,scheduled:1000rows,decay,oracle");
  asked.data_dir = (folder_ / "kept").string();
  const auto comparable = [](const Backtest& result) {
    Json report = backtest_report(result);
    report.erase("wall_s");
    for (auto& policy : report["policies"]) policy.erase("train_cpu_s");
    return report.dump();
  };
  const auto first = backtest(asked);
  ASSERT_TRUE(first.has_value()) << first.error().message();
  asked.replay.trainer = "/nothing/trains/here";
  const auto second = backtest(asked);
  ASSERT_TRUE(second.has_value()) << second.error().message();
  EXPECT_EQ(comparable(first->front()), comparable(second->front()));
  EXPECT_TRUE(second->front().notes == first->front().notes) << "no grid point is without its model";
  for (std::size_t i = 0; i < first->front().lines.size(); ++i)
    EXPECT_DOUBLE_EQ(first->front().lines[i].run.train_cpu_s, second->front().lines[i].run.train_cpu_s)
        << "a model from the cache cost what it cost";
}

TEST_F(BacktestRun, ends_when_it_is_told_to) {
  auto asked = options("classification", "never,scheduled:300rows,decay,oracle");
  for (const int looks : {1, 5, 40}) {
    std::atomic<int> left{looks};
    asked.replay.cancelled = [&] { return --left < 0; };
    const auto results = backtest(asked);
    ASSERT_FALSE(results.has_value()) << looks;
    EXPECT_EQ(results.error().code, ErrorCode::cancelled) << results.error().message();
  }
}

TEST_F(BacktestRun, what_is_wrong_is_said_before_anything_runs) {
  auto asked = options("classification", "never,sometimes");
  asked.replay.trainer = "/nothing/trains/here";
  const auto results = backtest(asked);
  ASSERT_FALSE(results.has_value());
  EXPECT_EQ(results.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace perennial::app
