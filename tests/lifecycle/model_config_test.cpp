#include "lifecycle/model_config.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "lifecycle/fleet_config.hpp"

namespace perennial::lifecycle {
namespace {

std::string model(const std::string& lines) { return "models:\n  - name: m\n    targets: {y: regression}\n" + lines; }

struct RefusedConfig {
  const char* why;
  std::string text;
  std::vector<const char*> message;  ///< all of them are in it
};

TEST(ModelConfig, mistakes_name_place_and_what_is_known) {
  const std::vector<RefusedConfig> rows = {
      {"an unknown key of a model names the nearest",
       model("    moniter: {}\n"),
       {"c.yaml:4", "models[0].moniter", "did you mean 'monitor'?"}},
      {"a suite of expectations that is not there",
       model("    expectations: e.json\n"),
       {"models[0].expectations", "e.json"}},
      {"a strategy that is not built yet", model("    strategy: online\n"), {"'online' is not built yet", "triggered"}},
      {"a mode that nobody knows", model("    mode: aproval\n"), {"did you mean 'approval'"}},
      {"a preset that nobody knows", model("    preset: quick\n"), {"conservative, default, fast"}},
      {"a strategy that nobody knows", model("    strategy: trigered\n"), {"unknown", "triggered"}},
      {"a delimiter of a query",
       model("    data: {source: {sql: 'SELECT 1'}, delimiter: ';'}\n"),
       {"delimiter", "a query reads them itself"}},
      {"a timestamp that time does not read",
       model("    timestamp: [t, u]\n    time: iso(t)\n"),
       {"timestamp", "time reads other columns: t"}},
      {"watched data needs times", model("    data: {source: a.csv, watch: 30s}\n"), {"watch", "needs timestamp"}},
      {"watched data is not watched all the time",
       model("    timestamp: [t]\n    data: {source: a.csv, watch: 10ms}\n"),
       {"watch", "1s or longer"}},
      {"watched data and windows of entities",
       model("    timestamp: [t]\n    entity: e\n    data: {source: a.csv, watch: 30s}\n"
             "    features: {derive: [{rolling: {columns: [a], window: 3rows, stats: [mean]}}]}\n"),
       {"watch", "remember an entity's rows"}},
      {"derived targets are not built yet",
       "models:\n  - name: m\n    targets: {y: {task: regression, derive: x}}\n",
       {"'derive' is not built yet"}},
      {"a price of nothing", model("    retrain: {when: [{cost: {price: 0}}]}\n"), {"above 0"}},
      {"search is not built yet", model("    train: {search: {trials: 3}}\n"), {"'search' is not built yet"}},
      {"an unknown trigger policy", model("    retrain: {when: [{drfit: {share: 30%}}]}\n"), {"drfit", "drift"}},
      {"an unknown learner parameter", model("    train: {params: {max_dept: 3}}\n"), {"max_dept", "max_depth"}},
      {"no name", "models:\n  - targets: {y: regression}\n", {"models[0].name", "missing"}},
      {"a name that would be a path",
       "models:\n  - name: ../x\n    targets: {y: regression}\n",
       {"'../x' cannot be a model's name"}},
      {"a hidden name", "models:\n  - name: .x\n    targets: {y: regression}\n", {"cannot be a model's name"}},
      {"no targets", "models:\n  - name: m\n", {"at least one target"}},
      {"an unknown task",
       "models:\n  - name: m\n    targets: {y: ranking}\n",
       {"unknown task 'ranking'", "regression"}},
      {"an outcome that nobody knows", model("    outcome: dependent\n"), {"dependent", "action_dependent"}},
      {"a label delay without a unit", model("    label_delay: 5\n"), {"models[0].label_delay", "'5'"}},
      {"a rollout that judges nothing", model("    rollout: {shadow: 0s, canary: {steps: [100%]}}\n"), {"unjudged"}},
      {"weights that fall", model("    rollout: {canary: {steps: [20%, 10%]}}\n"), {"must increase"}},
      {"gates that are no list", model("    gates: 7\n"), {"models[0].gates"}},
      {"an unknown key of a gate", model("    gates: [{metrc: y.rmse, max: 3}]\n"), {"metrc"}},
      {"a gate of an unknown metric", model("    gates: [{metric: y.nonsense, max: 3}]\n"), {"nonsense", "rmse"}},
      {"a gate of another task's metric", model("    gates: [{metric: y.auc, min: 0.5}]\n"), {"auc"}},
      {"a gate of an unknown target", model("    gates: [{metric: z.rmse, max: 3}]\n"), {"'z'"}},
      {"slices are not built yet",
       model("    gates: [{metric: y.rmse, max: 3, slice: {a: '*'}}]\n"),
       {"slice", "not built yet"}},
      {"an unknown primary metric", model("    primary: y.nonsense\n"), {"nonsense", "rmse"}},
      {"a policy of an unknown metric",
       model("    retrain: {when: [{decay: {metric: y.nonsense, drop: 5%}}]}\n"),
       {"nonsense", "rmse"}},
      {"a policy of an unknown drift test",
       model("    retrain: {when: [{drift: {columns: {a: {nonsense: 0.1}}}}]}\n"),
       {"nonsense", "psi"}},
      {"a policy of a drift test that is not run",
       model("    retrain: {when: [{drift: {columns: {a: {wasserstein: 0.1}}}}]}\n"),
       {"'wasserstein' is not among monitor.tests", "tests: [ks, chi_square, psi, wasserstein]"}},
      {"a policy of a column that is not looked at",
       model("    monitor: {columns: [a*]}\n    retrain: {when: [{drift: {columns: {b: {psi: 0.1}}}}]}\n"),
       {"'b' is not among monitor.columns", "columns: [a*, b]"}},
      {"a policy of a test of all columns together",
       model("    monitor: {tests: [mmd]}\n    retrain: {when: [{drift: {columns: {a: {mmd: 0.1}}}}]}\n"),
       {"'mmd' is no test of a single column"}},
      {"a shift of importance that is no share", model("    monitor: {importance: 3}\n"), {"importance", "0..1"}},
      {"every shift of importance", model("    monitor: {importance: 0}\n"), {"importance", "such as 0.2"}},
      {"a monitor that can never say anything", model("    monitor: {window: 100rows, min_rows: 200}\n"), {"invalid"}},
  };
  for (const auto& row : rows) {
    const auto fleet = parse_fleet(row.text, "c.yaml");
    ASSERT_FALSE(fleet) << row.why;
    EXPECT_EQ(fleet.error().code, ErrorCode::config) << row.why;
    for (const char* part : row.message)
      EXPECT_NE(fleet.error().message().find(part), std::string::npos) << row.why << ": " << fleet.error().message();
  }
}

TEST(ModelConfig, says_nothing_and_gets_the_documented_defaults) {
  const auto fleet = parse_fleet(model(""), "c.yaml");
  ASSERT_TRUE(fleet) << fleet.error().message();
  const ModelConfig& config = fleet->models.at(0);
  EXPECT_EQ(config.strategy, "triggered");
  EXPECT_FALSE(config.action_dependent);
  EXPECT_TRUE(config.rollout.use_paired);
  EXPECT_TRUE(config.label_delay.empty());
  EXPECT_FALSE(config.source);
  EXPECT_FALSE(config.entity);
}

TEST(ModelConfig, importance_is_measured_where_somebody_asks) {
  const std::string both =
      "    retrain: {when: [{importance: {shift: 0.4}}, {any: [{importance: {shift: 0.3}}, {every: 7d}]}]}\n";
  const std::vector<std::pair<std::string, std::optional<double>>> rows = {
      {"", std::nullopt},
      {"    monitor: {importance: 0.1}\n", 0.1},
      {both, 0.3},
      {both + "    monitor: {importance: 50%}\n", 0.5},
  };
  for (const auto& [lines, shift] : rows) {
    const auto fleet = parse_fleet(model(lines), "c.yaml");
    ASSERT_TRUE(fleet) << fleet.error().message();
    EXPECT_EQ(importance_told(fleet->models[0]), shift) << lines;
  }
}

TEST(ModelConfig, outcomes_that_depend_on_the_answer_are_never_judged_on_pairs) {
  const auto fleet = parse_fleet(model("    outcome: action_dependent\n"), "c.yaml");
  ASSERT_TRUE(fleet) << fleet.error().message();
  EXPECT_TRUE(fleet->models[0].action_dependent);
  EXPECT_FALSE(fleet->models[0].rollout.use_paired);
}

// "classification" has two classes or more, as the data shows: what is right for one of them may be written.
TEST(ModelConfig, gates_are_checked_against_the_targets) {
  const auto fleet = parse_fleet(
      "models:\n  - name: m\n    targets: {y: classification}\n    primary: y.auc\n"
      "    gates: [{metric: y.auc, min: 0.5}]\n",
      "c.yaml");
  ASSERT_TRUE(fleet) << fleet.error().message();
  EXPECT_TRUE(gates_of(fleet->models[0], std::vector<Target>{{"y", Task::binary, {"a", "b"}}}));
  const auto gates = gates_of(fleet->models[0], std::vector<Target>{{"y", Task::regression, {}}});
  ASSERT_FALSE(gates);
  EXPECT_NE(gates.error().message().find("auc"), std::string::npos);
  auto without = fleet->models[0];
  without.gates_node.reset();
  const auto usual = gates_of(without, std::vector<Target>{{"y", Task::binary, {"a", "b"}}});
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->size(), 1U) << "no worse than the champion by over 5 %";
}

struct MetricRow {
  const char* why;
  Task task;
  double minority;
  const char* metric;
};

TEST(ModelConfig, the_metric_follows_the_task_and_the_rarer_class) {
  const std::vector<MetricRow> rows = {
      {"numbers", Task::regression, 1, "rmse"},
      {"balanced classes", Task::binary, 0.4, "accuracy"},
      {"below a fifth accuracy says little", Task::binary, 0.19, "auc"},
      {"a fifth is enough", Task::binary, 0.2, "accuracy"},
      {"several classes", Task::multiclass, 0.01, "accuracy"},
  };
  for (const auto& row : rows) EXPECT_EQ(default_metric(row.task, row.minority), row.metric) << row.why;
}

}  // namespace
}  // namespace perennial::lifecycle
