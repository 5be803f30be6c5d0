// However often the loop turns at one instant, a rollout takes one step at most (trap: a fast loop rushes a canary).

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>

#include "core/rng.hpp"
#include "lifecycle/fleet.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::lifecycle {
namespace {

constexpr std::string_view config_text = R"(
version: 1
models:
  - name: m
    targets: {y: regression}
    primary: y.rmse
    features: {include: [a, b]}
    monitor: {every: 30d}
    train: {params: {max_depth: 3, rounds: 10}, min_rows: 20}
    retrain: {window: 10000rows, cooldown: 1s}
    gates: [{none: true}]
    rollout:
      shadow: 20rows
      canary: {steps: [{weight: 20%, bake: 20rows}, {weight: 50%, bake: 20rows}], min_samples: 20, max_regression: 50%}
      watch: 1000rows
      deadline: 100000rows
)";

class OneStep : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(PERENNIAL_TRAINER)) FAIL() << "perennial-trainer is not built";
    auto config = parse_fleet(config_text, "test.yaml");
    ASSERT_TRUE(config) << config.error().message();
    FleetOptions options;
    options.data_dir = directory.path().string();
    options.trainer = PERENNIAL_TRAINER;
    options.virtual_time = true;
    auto opened = Fleet::open(std::move(*config), std::move(options), {});
    ASSERT_TRUE(opened) << opened.error().message();
    fleet = std::move(*opened);
    loop = *fleet->model("m");
    Rows history = make(300);
    const Target target{"y", Task::regression, {}};
    ASSERT_TRUE(
        loop->configure({{"a", ColumnKind::numeric}, {"b", ColumnKind::numeric}}, {target}, history.table, now));
    ASSERT_TRUE(loop->add_history(history.table, {history.y}));
    train();
    ASSERT_NE(fleet->state().registry().champion("m"), nullptr);
  }
  struct Rows {
    Table table;
    Truth y;
  };
  Rows make(std::size_t count) {
    Rows rows;
    rows.table.rows = count;
    Column a{"a", ColumnKind::numeric, {}, {}, nullptr};
    Column b{"b", ColumnKind::numeric, {}, {}, nullptr};
    for (std::size_t i = 0; i < count; ++i) {
      now += std::chrono::seconds(1);
      rows.table.times.push_back(now);
      a.numbers.push_back(rng.uniform());
      b.numbers.push_back(rng.uniform());
      rows.y.push_back(2 * a.numbers.back() - b.numbers.back() + 0.1 * rng.uniform());
    }
    rows.table.columns = {std::move(a), std::move(b)};
    return rows;
  }
  void train() {
    ASSERT_TRUE(loop->request_training("manual", "test", now));
    ASSERT_TRUE(fleet->tick(now));
    now += std::chrono::hours(1);
    ASSERT_TRUE(fleet->tick(now));
  }
  void serve(std::size_t count) {
    Rows rows = make(count);
    serving::PredictBatch batch;
    feedback::LabelBatch labels;
    labels.targets = std::make_shared<const std::vector<Target>>(loop->signature().targets);
    for (std::size_t i = 0; i < count; ++i) {
      batch.ids.push_back(fmt::format("{}", next_id++));
      labels.keys.push_back({batch.ids.back(), {}, {}});
    }
    labels.truth = {rows.y};
    labels.received_at = now;
    batch.rows = std::move(rows.table);
    const auto answer = fleet->predictor().predict("m", std::move(batch));
    ASSERT_TRUE(answer) << answer.error().message();
    ASSERT_TRUE(loop->label(std::move(labels)));
  }
  std::uint64_t steps() const {
    return fleet->state().count(std::string(event_type::rollout_advanced)) +
           fleet->state().count(std::string(event_type::promoted));
  }

  test::TemporaryDirectory directory;
  std::unique_ptr<Fleet> fleet;
  ModelLoop* loop = nullptr;
  TimePoint now{std::chrono::hours(24 * 365 * 30)};
  Rng rng{7};
  std::uint64_t next_id = 0;
};

TEST_F(OneStep, a_thousand_ticks_at_one_instant_advance_a_rollout_by_one_step_at_most) {
  serve(100);
  train();
  ASSERT_TRUE(fleet->state().model("m").rollout.has_value());
  std::uint64_t phases = 0;
  for (int round = 0; round < 12 && fleet->state().model("m").rollout &&
                      fleet->state().model("m").rollout->phase != rollout::Phase::watch;
       ++round) {
    serve(100);
    const std::uint64_t before = steps();
    for (int tick = 0; tick < 1000; ++tick) ASSERT_TRUE(fleet->tick(now));
    EXPECT_LE(steps() - before, 1u) << "in round " << round;
    phases += steps() - before;
  }
  EXPECT_EQ(phases, 3u) << "20 %, 50 %, promoted: all of it is to be seen";
  ASSERT_TRUE(fleet->state().model("m").rollout.has_value());
  EXPECT_EQ(fleet->state().model("m").rollout->phase, rollout::Phase::watch);
}

}  // namespace
}  // namespace perennial::lifecycle
