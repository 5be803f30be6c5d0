#pragma once
// A backtest's result as it may come out, for tests of what is made of it.

#include "app/backtest/backtest.hpp"

namespace perennial::app::testing {

inline BacktestLine line(const std::string& policy, double score, double loss, std::uint64_t retrains, double price,
                         double floor, Json when = Json::array()) {
  BacktestLine made;
  made.run.policy = policy;
  made.run.when = std::move(when);
  made.run.score = score;
  made.run.loss = loss;
  made.run.retrains = retrains;
  made.run.promotions = retrains / 2;
  made.run.train_cpu_s = 0.5 * static_cast<double>(retrains + 1);
  made.run.rows_to_production.assign(retrains / 2, 200);
  for (std::uint64_t i = 0; i < retrains; ++i)
    made.run.timeline.push_back({{"row", 600 + 100 * i},
                                 {"at", "1970-01-01T10:00:00Z"},
                                 {"event", i % 2 == 0 ? "JobStarted" : "Promoted"},
                                 {"version", i % 2 == 0 ? Json(nullptr) : Json("1.0.1")},
                                 {"detail", Json::object()}});
  for (std::uint64_t row = 549; row < 1500; row += 50) made.run.points.push_back({row, score, score, "1.0.0"});
  made.loss = loss;
  made.retrain_cost = price * static_cast<double>(retrains);
  made.total_cost = made.loss + made.retrain_cost;
  made.excess = made.total_cost - floor;
  return made;
}

/// `decay` is the cheapest policy, the oracle cheaper still.
inline Backtest result() {
  Backtest made;
  made.model = "elec<2>";
  made.rows = 1500;
  made.warmup_rows = 500;
  made.scored_rows = 1000;
  made.seed = 42;
  made.metric = "class.accuracy";
  made.retrain_price = 50;
  made.floor = 180;
  made.window = "400rows";
  made.changed = {"retrain.cooldown: none instead of 24h"};
  made.lines = {line("never", 0.5, 500, 0, 50, made.floor),
                line("scheduled:100rows", 0.8, 200, 10, 50, made.floor, Json::parse(R"([{"every": "100rows"}])")),
                line("decay", 0.78, 220, 2, 50, made.floor,
                     Json::parse(R"([{"decay": {"metric": "class.accuracy", "drop": "5%"}}])")),
                line("oracle", 0.79, 210, 1, 50, made.floor)};
  made.wall_s = 3;
  return made;
}

}  // namespace perennial::app::testing
