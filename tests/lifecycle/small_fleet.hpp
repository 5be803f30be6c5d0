#pragma once
// A fleet with one small model under a virtual clock, fed with made-up rows.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lifecycle/fleet.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::lifecycle {

inline std::string small_config(const std::string& retrain, const std::string& more = {}) {
  return R"(
models:
  - name: churn
    targets: {churned: binary}
    primary: churned.accuracy
    entity: customer
    train: {params: {rounds: 20, max_depth: 3, learning_rate: 0.2}, min_rows: 100, threads: 1}
    monitor: {every: 100rows, window: 400rows, min_rows: 200}
    rollout:
      shadow: 100rows
      canary: {steps: [{weight: 30%, bake: 100rows}], min_samples: 100, max_regression: 20%}
      watch: 200rows
    alerts: [log]
    retrain: )" +
         retrain + "\n" + more;
}

/// Truth: a + b/2 > rarity, or the opposite once `turned`; 5 % of the labels are wrong. Not thread-safe.
class SmallFleet {
 public:
  explicit SmallFleet(const std::string& yaml, std::uint64_t seed = 5) : rng_(seed) {
    auto config = parse_fleet(yaml, "small.yaml");
    if (!config) {
      ADD_FAILURE() << config.error().message();
      return;
    }
    FleetOptions options;
    options.data_dir = directory_.path().string();
    options.trainer = PERENNIAL_TRAINER;
    options.virtual_time = true;
    options.seed = seed;
    auto opened = Fleet::open(std::move(*config), std::move(options), clock.now());
    if (!opened) {
      ADD_FAILURE() << opened.error().message();
      return;
    }
    fleet = std::move(*opened);
    loop = fleet->model("churn").value_or(nullptr);
  }

  bool train(std::size_t rows) {
    auto made = next(rows);
    clock.advance_to(made.first.times.back());
    const std::vector<InputColumn> columns = {{"a", ColumnKind::numeric}, {"b", ColumnKind::numeric}};
    return good(loop->configure(columns, *targets_, made.first, clock.now())) &&
           good(loop->add_history(made.first, {made.second})) &&
           good(loop->request_training("initial", "the history is there", clock.now())) && tick() && tick() &&
           fleet->state().registry().champion("churn") != nullptr;
  }

  /// Batches of 50, a tick after each; labels at once, or slow_no and slow_all rows later. False at the first error.
  bool serve(std::size_t rows) {
    for (std::size_t done = 0; done < rows; done += 50) {
      auto made = next(50);
      const TimePoint last = made.first.times.back();
      serving::PredictBatch batch;
      for (std::size_t i = 0; i < 50; ++i) {
        batch.ids.push_back(fmt::format("{}", rows_++));
        waiting_.push_back({rows_ + slow_all + (made.second[i] == 0 ? slow_no : 0), batch.ids.back(), made.second[i]});
      }
      feedback::LabelBatch labels;
      labels.targets = targets_;
      labels.truth.resize(1);
      labels.received_at = last;
      std::erase_if(waiting_, [&](const Waiting& one) {
        if (one.due > rows_) return false;
        labels.keys.push_back({one.id, {}, {}});
        labels.truth[0].push_back(one.truth);
        return true;
      });
      batch.rows = std::move(made.first);
      if (const auto answer = fleet->predictor().predict("churn", std::move(batch)); !answer) {
        ADD_FAILURE() << answer.error().message();
        return false;
      }
      clock.advance_to(last);
      if (labelled && !labels.keys.empty() && !good(loop->label(std::move(labels)))) return false;
      if (!tick()) return false;
    }
    return true;
  }

  bool serve_until(const std::function<bool()>& reached, std::size_t most_rows = 4000) {
    for (std::size_t done = 0; done < most_rows && !reached(); done += 50)
      if (!serve(50)) return false;
    return reached();
  }

  bool tick() { return good(fleet->tick(clock.now())); }

  Result<api::TriggerAnswer> trigger(const std::string& what, const std::string& id, int priority = 3,
                                     Json metadata = Json::object()) {
    api::TriggerEvent event;
    event.trigger = what;
    event.priority = priority;
    event.metadata = std::move(metadata);
    return fleet->trigger("churn", event, {id, "test", ""}, clock.now());
  }

  std::vector<Event> events(std::string_view type = {}) {
    std::vector<Event> all;
    EXPECT_TRUE(fleet->journal().read(0, [&](const Event& event) -> Status {
      if (type.empty() || event.type == type) all.push_back(event);
      return {};
    }));
    return all;
  }

  const ModelState& state() const { return fleet->state().model("churn"); }

  VirtualClock clock{TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 1 / 5))};
  bool turned = false;
  bool labelled = true;
  double shift = 0;                     ///< of both features
  double rarity = 0;                    ///< the higher, the fewer are of class "yes"
  std::uint64_t slow_no = 0;            ///< rows after which a "no" is known; a "yes" is at once
  std::uint64_t slow_all = 0;           ///< the same for all labels, beside it
  double spread = 1;                    ///< likewise; below 1 more rows lie where the model is unsure
  std::function<double(double)> fault;  ///< what is sent as feature a; the truth does not follow it
  std::unique_ptr<Fleet> fleet;
  ModelLoop* loop = nullptr;

 private:
  struct Waiting {
    std::uint64_t due;  ///< rows served
    std::string id;
    double truth;
  };

  static bool good(const Status& status) {
    if (!status) ADD_FAILURE() << status.error().message();
    return status.has_value();
  }

  std::pair<Table, Truth> next(std::size_t count) {
    Table table;
    Truth truth;
    table.columns = {Column{"a", ColumnKind::numeric, {}, {}, nullptr},
                     Column{"b", ColumnKind::numeric, {}, {}, nullptr}};
    TimePoint at = clock.now();
    for (std::size_t i = 0; i < count; ++i) {
      table.times.push_back(at += std::chrono::minutes(1));
      table.entities.push_back(fmt::format("c{}", rng_.below(200)));
      const double a = spread * rng_.normal() + shift;
      const double b = spread * rng_.normal() + shift;
      table.columns[0].numbers.push_back(fault ? fault(a) : a);
      table.columns[1].numbers.push_back(b);
      const bool yes = (a + b / 2 > rarity) != turned;
      truth.push_back((rng_.uniform() < 0.05) != yes ? 1 : 0);
    }
    table.rows = count;
    return {std::move(table), std::move(truth)};
  }

  test::TemporaryDirectory directory_;
  Rng rng_;
  std::uint64_t rows_ = 0;
  std::vector<Waiting> waiting_;
  std::shared_ptr<const std::vector<Target>> targets_ =
      std::make_shared<const std::vector<Target>>(std::vector<Target>{{"churned", Task::binary, {"no", "yes"}}});
};

}  // namespace perennial::lifecycle
