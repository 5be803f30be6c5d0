#include "app/backtest/report.hpp"

#include <fmt/format.h>

#include <cmath>

namespace perennial::app {
namespace {

std::string cost(double value) { return std::isfinite(value) ? fmt::format("{:.0f}", value) : "-"; }

}  // namespace

Json backtest_report(const Backtest& backtest) {
  Json policies = Json::array();
  for (const auto& line : backtest.lines)
    policies.push_back({{"policy", line.run.policy},
                        {"when", line.run.when},
                        {"score", line.run.score},
                        {"loss", line.loss},
                        {"retrains", line.run.retrains},
                        {"promotions", line.run.promotions},
                        {"rollbacks", line.run.rollbacks},
                        {"wasted", line.run.wasted()},
                        {"train_cpu_s", line.run.train_cpu_s},
                        {"retrain_cost", line.retrain_cost},
                        {"total_cost", line.total_cost},
                        {"excess", line.excess},
                        {"timeline", line.run.timeline}});
  return {{"model", backtest.model},
          {"rows", backtest.rows},
          {"warmup_rows", backtest.warmup_rows},
          {"scored_rows", backtest.scored_rows},
          {"seed", backtest.seed},
          {"metric", backtest.metric},
          {"higher_is_better", backtest.higher_is_better},
          {"window", backtest.window},
          {"retrain_price", backtest.retrain_price},
          {"loss_unit", backtest.unit},
          {"floor", backtest.floor},
          {"policies", std::move(policies)},
          {"changed", backtest.changed},
          {"notes", backtest.notes},
          {"wall_s", backtest.wall_s}};
}

std::vector<std::vector<std::string>> backtest_table(const Backtest& backtest) {
  std::vector<std::vector<std::string>> rows = {
      {"policy", backtest.metric, "loss", "retrains", "wasted", "train_cpu_s", "retrain_cost", "total_cost", "excess"}};
  for (const auto& line : backtest.lines)
    rows.push_back({line.run.policy, fmt::format("{:.5g}", line.run.score), cost(line.loss),
                    fmt::format("{}", line.run.retrains), fmt::format("{}", line.run.wasted()),
                    fmt::format("{:.1f}", line.run.train_cpu_s), cost(line.retrain_cost), cost(line.total_cost),
                    cost(line.excess)});
  return rows;
}

}  // namespace perennial::app
