// docs/perennial.schema.json takes and refuses what `perennial validate` takes and refuses; the schema is applied by
// python-jsonschema 4.17.3. What no schema can tell, such as that a metric's target is there, is not asked here.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <sstream>
#include <vector>

#include "core/config_node.hpp"
#include "peers/peer.hpp"

namespace perennial::peers {
namespace {

namespace fs = std::filesystem;

const fs::path root = PERENNIAL_SOURCE_DIR;

struct Config {
  std::string name;
  std::string yaml;
};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Removed with everything in it at the end.
struct Folder {
  fs::path path = fs::temp_directory_path() / fmt::format("perennial-schema-{}", ::getpid());
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

int run(const std::string& arguments) {
  return std::system(("'" PERENNIAL_BIN "' " + arguments + " >/dev/null 2>&1").c_str());
}

/// Is it a config for the parsers?
bool parses(const Folder& folder, const Config& config) {
  const fs::path file = folder.path / "perennial.yaml";
  std::ofstream(file) << config.yaml;
  return run("validate '" + file.string() + "'") == 0;
}

/// A mistake per config, empty where there is none for the schema.
std::vector<std::string> mistakes(const std::vector<Config>& configs) {
  Json asked = {{"schema", Json::parse(read(root / "docs/perennial.schema.json"))}, {"configs", Json::array()}};
  for (const auto& config : configs) {
    const auto node = ConfigNode::parse(config.yaml, config.name);
    asked["configs"].push_back(node ? node->json() : Json("not YAML"));
  }
  std::vector<std::string> all = ask("jsonschema_peer.py", asked);
  return all;
}

std::string model(const std::string& lines) { return "models:\n  - name: m\n" + lines; }

/// The lines of `text` that start with `mark`, without it, in blocks.
std::vector<std::string> blocks(const std::string& text, std::string_view mark) {
  std::vector<std::string> found;
  bool inside = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool marked = line.starts_with(mark);
    if (marked && !inside) found.emplace_back();
    if (marked) found.back() += line.substr(mark.size()) + "\n";
    inside = marked;
  }
  return found;
}

/// Every config in the tree, and what `perennial init` writes of a table with and without a time.
std::vector<Config> configs_of_the_tree(const Folder& folder) {
  std::vector<Config> configs;
  for (const char* place : {"bench", "examples", "tests/peers/configs"})
    for (const auto& entry : fs::recursive_directory_iterator(root / place))
      if (entry.path().extension() == ".yaml") configs.push_back({entry.path().string(), read(entry.path())});
  for (auto& block : blocks(read(root / "deploy/kubernetes.yaml"), "    "))
    if (block.find("\nmodels:") != std::string::npos) configs.push_back({"deploy/kubernetes.yaml", std::move(block)});
  for (const auto& entry : fs::directory_iterator(root / "tests/scenario/scripts"))
    for (const auto& block : blocks(read(entry.path()), "| ")) {
      const bool classes = block.find("churned.") != std::string::npos || block.find("value.") == std::string::npos;
      std::string lines = classes ? "    targets: {churned: binary}\n" : "    targets: {value: regression}\n";
      std::istringstream stream(block);
      for (std::string line; std::getline(stream, line);) lines += "    " + line + "\n";
      configs.push_back({entry.path().string(), model(lines)});
    }
  std::string table = "day,customer,age,plan,churned\n";
  for (int row = 0; row < 300; ++row)
    table += fmt::format("2024-{:02}-{:02},c{},{},{},{}\n", 1 + row / 28 % 12, 1 + row % 28, row % 17, 20 + row % 50,
                         row % 3 == 0 ? "free" : "paid", row * 7 % 5 == 0 ? 1 : 0);
  std::ofstream(folder.path / "table.csv") << table;
  const auto in_folder = [&](const char* name) { return "'" + (folder.path / name).string() + "'"; };
  const std::vector<std::string> ways = {"--exclude day", "--timestamp day --entity customer",
                                         "--timestamp day --exclude customer"};
  for (const auto& way : ways) {
    const int status =
        run("init --data " + in_folder("table.csv") + " --target churned " + way + " -o " + in_folder("written.yaml"));
    EXPECT_EQ(status, 0) << way;
    configs.push_back({"perennial init " + way, read(folder.path / "written.yaml")});
    fs::remove(folder.path / "written.yaml");
  }
  return configs;
}

TEST(ConfigSchema, takes_every_config_of_the_tree) {
  const Folder folder;
  const auto configs = configs_of_the_tree(folder);
  const auto found = mistakes(configs);
  ASSERT_EQ(found.size(), configs.size());
  EXPECT_GT(configs.size(), 30U);
  for (std::size_t i = 0; i < configs.size(); ++i) {
    EXPECT_EQ(found[i], "") << configs[i].name << "\n" << configs[i].yaml;
    EXPECT_TRUE(parses(folder, configs[i])) << configs[i].name << "\n" << configs[i].yaml;
  }
}

/// Lines of a model with the target y (a regression), or whole files.
const std::vector<std::string> wrong = {
    "models: []",
    "models: {name: m, targets: {y: regression}}",
    "models: [{name: m}]",
    "models: [{targets: {y: regression}}]",
    "models: [{name: m, targets: {}}]",
    "models: [{name: m, targets: {y: ranking}}]",
    "models: [{name: m, targets: {y: {derive: a}}}]",
    "models: [{name: m n, targets: {y: regression}}]",
    "version: 2\nmodels: [{name: m, targets: {y: regression}}]",
    "datadir: here\nmodels: [{name: m, targets: {y: regression}}]",
    "store: here\nmodels: [{name: m, targets: {y: regression}}]",
    "server: {threads: 0}\nmodels: [{name: m, targets: {y: regression}}]",
    "server: {tick: 1}\nmodels: [{name: m, targets: {y: regression}}]",
    "server: {limits: {body: 8MB}}\nmodels: [{name: m, targets: {y: regression}}]",
    "server: {auth: {token: short}}\nmodels: [{name: m, targets: {y: regression}}]",
    "server: {tls: {}}\nmodels: [{name: m, targets: {y: regression}}]",
    "replay: {warmup: 24h}\nmodels: [{name: m, targets: {y: regression}}]",
    "replay: {row_interval: 0s}\nmodels: [{name: m, targets: {y: regression}}]",
    "owners: somebody",
    "train: {algoritm: xgboost}",
    "train: {params: {depth: 3}}",
    "train: {algorithm: baseline, params: {max_depth: 3}}",
    "train: {params: {max_depth: \"3\"}}",
    "train: {algorithm: lightgbm}",
    "train: {min_rows: many}",
    "train: {min_rows: 2}",
    "train: {limit: 4}",
    "train: {limit: 100rows}",
    "train: {memory: 4GB}",
    "train: {holdout: 95}",
    "train: {holdout: 0.95}",
    "train: {search: {trials: 20}}",
    "strategy: online",
    "mode: manual",
    "outcome: dependent",
    "preset: slow",
    "tags: {a: b}",
    "label_delay: 30",
    "data: {delimiter: \",\"}",
    "data: {source: {sql: \"select 1\"}, delimiter: \";\"}",
    "data: {source: {sql: \"select 1\", files: [a]}}",
    "data: {source: a.csv, watch: 30s}",
    "timestamp: t\n    data: {source: a.csv, watch: 30}",
    "timestamp: t\n    data: {source: a.csv, watch: 100rows}",
    "timestamp: t\n    data: {source: a.csv, watch: 500ms}",
    "time: month",
    "metrics: {Profit: {expression: error}}",
    "metrics: {profit: {better: higher}}",
    "metrics: {profit: {expression: error, better: more}}",
    "features: {columns: [a]}",
    "features: {derive: {age: {}}}",
    "features: {derive: [{sql: \"a / b\", as: ratio}]}",
    "features: {derive: [{age: {}, calendar: hour}]}",
    "features: {derive: [{rolling: {columns: a, stats: [mean]}}]}",
    "features: {derive: [{rolling: {columns: a, window: 1rows, stats: [mean]}}]}",
    "features: {derive: [{rolling: {columns: a, window: 24h, stats: [mean]}}]}",
    "features: {derive: [{expanding: {columns: a, stats: [slope]}}]}",
    "features: {derive: [{calendar: [week]}]}",
    "monitor: {evry: 1h}",
    "monitor: {every: 0s}",
    "monitor: {window: 24h}",
    "monitor: {alpha: 1}",
    "monitor: {alpha: 0%}",
    "monitor: {tests: ks}",
    "monitor: {tests: []}",
    "monitor: {tests: [kolmogorov]}",
    "monitor: {tests: [{ks: 2}]}",
    "monitor: {tests: [domain_classifier]}",
    "monitor: {correction: bonferroni}",
    "monitor: {alarm_budget: {alarms: 1}}",
    "monitor: {answers: maybe}",
    "monitor: {estimate: {drop: 0}}",
    "monitor: {estimate: off}",
    "monitor: {stream: {adwin: {lambda: 1}}}",
    "monitor: {stream: {adwin: {delta: 150%}}}",
    "monitor: {stream: {auto: {delta: 1}}}",
    "monitor: {stream: {none: {delta: 1}}}",
    "monitor: {stream: {kswin: {window_size: 1}}}",
    "monitor: {quality: off}",
    "monitor: {quality: {checks: [{schema: 1}]}}",
    "monitor: {quality: {min_rows: 10}}",
    "monitor: {importance: 0}",
    "monitor: {reference: a.csv}",
    "retrain: {window: newest}",
    "retrain: {window: 90}",
    "retrain: {window: sliding}",
    "retrain: {window: {expanding: 90d}}",
    "retrain: {window: {recency_weighted: {within: 90d}}}",
    "retrain: {window: 90d, candidates: [10rows, 20rows]}",
    "retrain: {candidates: [90d]}",
    "retrain: {cooldown: 24}",
    "retrain: {cooldown: 24hrs}",
    "retrain: {aging: 100rows}",
    "retrain: {min_priority: 6}",
    "retrain: {when: {every: 7d}}",
    "retrain: {when: [daily]}",
    "retrain: {when: [volume]}",
    "retrain: {when: [{schedule: \"0 2 * *\"}]}",
    "retrain: {when: [{schedule: \"@daily\", every: 7d}]}",
    "retrain: {when: [{every: 7d, timezone: UTC}]}",
    "retrain: {when: [{every: 7d, misfire: twice}]}",
    "retrain: {when: [{every: 7d, volume: 10rows}]}",
    "retrain: {when: [{volume: 7d}]}",
    "retrain: {when: [{volume: 10000}]}",
    "retrain: {when: [{drift: {}}]}",
    "retrain: {when: [{drift: {share: 30}}]}",
    "retrain: {when: [{drift: {share: 30%, score: 0.2}}]}",
    "retrain: {when: [{drift: {columns: {a: {psy: 0.1}}}}]}",
    "retrain: {when: [{drift: {columns: {a: {mmd: 0.1}}}}]}",
    "retrain: {when: [{drift: {columns: {a: {none: 0.1}}}}]}",
    "retrain: {when: [{decay: {metric: rmse, drop: 5%}}]}",
    "retrain: {when: [{decay: {metric: y.rmse}}]}",
    "retrain: {when: [{floor: {metric: y.rmse}}]}",
    "retrain: {when: [{floor: {metric: y.rmse, below: 1, above: 2}}]}",
    "retrain: {when: [{floor: {metric: y.rmse, above: 2, for: 10rows}}]}",
    "retrain: {when: [{importance: {share: 0.2}}]}",
    "retrain: {when: [{importance: {shift: 2}}]}",
    "retrain: {when: [{cost: {price: 0}}]}",
    "retrain: {when: [{cara: {variant: lazy}}]}",
    "retrain: {when: [{cara: {horizon: 1000rows}}]}",
    "retrain: {when: [{cara: {variant: threshold, every: 1000rows}}]}",
    "retrain: {when: [{upf: {horizon: 24h}}]}",
    "retrain: {when: [{event: manual}]}",
    "retrain: {when: [{manual: {}, priority: 3}]}",
    "retrain: {when: [{cost: {}, priority: 9}]}",
    "retrain: {when: [{any: [{every: 7d}]}]}",
    "retrain: {when: [{any: [manual, {every: 7d}]}]}",
    "retrain: {when: [{all: [{event: x}, {every: 7d}]}]}",
    "retrain: {when: [{any: [{every: 7d}, {all: [cost, {every: 7d}]}]}]}",
    "retrain: {when: [{any: [cost, {every: 7d}], within: 24h}]}",
    "retrain: {when: [{at_least: {of: [cost, {every: 7d}]}}]}",
    "gates: {metric: y.rmse, max: 1}",
    "gates: [{metric: y.rmse}]",
    "gates: [{metric: y.rmse, max: 1, min: 2}]",
    "gates: [{metric: y.rmse, worse_by_at_most: 5%}]",
    "gates: [{metric: y.rmse, vs: baseline, worse_by_at_most: 5%}]",
    "gates: [{metric: y.rmse, vs: champion, better_by_at_least: 0, confidence: 50%}]",
    "gates: [{metric: y.rmse, max: 1, slice: {a: \"*\"}}]",
    "gates: [all]",
    "rollout: {strategy: rolling}",
    "rollout: {shadow: 24}",
    "rollout: {canary: {steps: 5%}}",
    "rollout: {canary: {steps: [5]}}",
    "rollout: {canary: {steps: [{share: 5%}]}}",
    "rollout: {canary: {bake: 0s}}",
    "rollout: {canary: {confidence: 40%}}",
    "rollout: {linear: {from: 10%}}",
    "rollout: {strategy: linear, canary: {steps: [5%]}}",
    "rollout: {strategy: linear, ab_test: {weight: 50%}}",
    "rollout: {at_deadline: delete}",
    "rollout: {rollback_on: {latency: 200}}",
    "rollout: {keep: 0}",
    "rollout: {keep: 2.5}",
    "alerts: log",
    "alerts: [webhook]",
    "alerts: [{slack: \"https://a.example/x\"}]",
    "alerts: [{webhook: \"ftp://a.example/x\"}]",
};

const std::vector<std::string> right = {
    "owner: 42",
    "tags:",
    "retrain:",
    "retrain: {cooldown: , when: }",
    "retrain: {cooldown: 0s, aging: 0s, max_latency: 0s}",
    "retrain: {cooldown: 1.5 days, max_latency: 5 rows}",
    "retrain: {min_priority: \"3\"}",
    "retrain: {when: [cost, importance, {cost: }, {importance: }, {cara: {}}, {upf: }]}",
    "retrain: {when: [{event: new_data}, manual, none, {none: }]}",
    "retrain: {when: [{drift: {columns: {a: {ks: 1%, psi: 0.1}}}}]}",
    "retrain: {when: [{floor: {metric: y.rmse, above: \"2.5\", for: 6h}}]}",
    "retrain: {when: [{schedule: \"@midnight\"}, {schedule: \"*/5 1-3 * JAN MON,TUE\"}]}",
    "retrain: {window: 0.5d}",
    "retrain: {window: {since_change: }}",
    "retrain: {window: {recency_weighted: {half_life: 30d, within: {since_change: {fallback: 90d}}}}}",
    "train: {holdout: 0.2, seed: 0, params: {max_depth: 3.0, cap: }}",
    "train: {holdout: \"20%\", memory: 1e9, threads: 1}",
    "monitor: {alpha: 1%, psi: 20%}",
    "monitor: {alpha: 1e-6}",
    "monitor: {tests: [{ks: }, {none: }]}",
    "monitor: {stream: {auto: }}",
    "monitor: {stream: {ddm: {}}}",
    "monitor: {estimate: on, quality: none, answers: \"true\"}",
    "monitor: {importance: 20%}",
    "features: {include: a, exclude: []}",
    "features: {derive: [{rolling: {columns: a, window: \"30\", stats: ewm}}]}",
    "timestamp: t\n    data: {source: [a.csv, b.csv], watch: 1s}",
    "timestamp: [t]\n    data: {source: a.csv, watch: 1500ms}",
    "data: {source: {sql: \"select 1\", directories: here}}",
    "time: step(cycle, 1min)",
    "gates: []",
    "gates: [none, {none: {}}, {metric: y.rmse, vs: champion, worse_by_at_most: 0.5}]",
    "rollout: {canary: {steps: [5%, 0.5, {weight: 100%}], min_samples: 1}}",
    "rollout: {shadow: 0s, canary: {steps: [5%]}}",
    "rollout: {strategy: linear, linear: {from: 0.1}}",
    "rollout: {keep: 1, freeze_after: 0, max_per_day: 0}",
    "alerts: []",
    "alerts: [{webhook: \"HTTPS://a.example/x\"}]",
    "entity: ${PERENNIAL_TEST_NAME}",
};

std::vector<Config> cases(const std::vector<std::string>& lines) {
  std::vector<Config> configs;
  for (const auto& line : lines) {
    const bool whole = line.find("models:") != std::string::npos;
    configs.push_back({line, whole ? line : model("    targets: {y: regression}\n    " + line + "\n")});
  }
  return configs;
}

TEST(ConfigSchema, refuses_what_is_wrong) {
  const Folder folder;
  const auto configs = cases(wrong);
  const auto found = mistakes(configs);
  ASSERT_EQ(found.size(), configs.size());
  for (std::size_t i = 0; i < configs.size(); ++i) {
    EXPECT_NE(found[i], "") << configs[i].name;
    EXPECT_FALSE(parses(folder, configs[i])) << configs[i].name;
  }
}

/// Spellings that are rare but right: numbers in quotes, empty keys, the environment.
TEST(ConfigSchema, takes_what_is_right) {
  ::setenv("PERENNIAL_TEST_NAME", "a-name-of-the-environment", 1);
  const Folder folder;
  const auto configs = cases(right);
  const auto found = mistakes(configs);
  ASSERT_EQ(found.size(), configs.size());
  for (std::size_t i = 0; i < configs.size(); ++i) {
    EXPECT_EQ(found[i], "") << configs[i].name;
    EXPECT_TRUE(parses(folder, configs[i])) << configs[i].name;
  }
}

/// An editor sees the text before it is replaced.
TEST(ConfigSchema, takes_names_of_the_environment_for_any_value) {
  const std::string later = "${NAME}";
  const Json model = {{"name", later},
                      {"targets", {{"y", later}}},
                      {"mode", later},
                      {"label_delay", later},
                      {"monitor", {{"alpha", later}, {"hold", later}, {"answers", later}, {"stream", later}}},
                      {"train", {{"holdout", later}, {"memory", later}, {"params", {{"rounds", later}}}}},
                      {"retrain", {{"window", later}, {"cooldown", later}, {"when", {{{"volume", later}}}}}},
                      {"alerts", {{{"webhook", later}}}}};
  const Json config = {{"server", {{"listen", later}, {"auth", {{"token", "${T}"}}}}}, {"models", {model}}};
  const Json asked = {{"schema", Json::parse(read(root / "docs/perennial.schema.json"))}, {"configs", {config}}};
  const std::vector<std::string> found = ask("jsonschema_peer.py", asked);
  EXPECT_EQ(found, std::vector<std::string>{""});
}

}  // namespace
}  // namespace perennial::peers
