// What a server knows after a restart is what it would know without one.

#include <gtest/gtest.h>

#include "process/scene.hpp"

namespace perennial::process {
namespace {

/// Eight entities in turn; y follows the mean of the entity's last three a, so windows matter.
std::string history(std::size_t rows) {
  std::mt19937_64 random(21);
  const auto unit = [&] { return static_cast<double>(random() >> 11) / 9007199254740992.0; };
  std::string text = "unit,a,y\n";
  std::vector<std::vector<double>> seen(8);
  for (std::size_t row = 0; row < rows; ++row) {
    auto& mine = seen[row % 8];
    mine.push_back(unit() * 10);
    double sum = 0;
    const std::size_t from = mine.size() > 3 ? mine.size() - 3 : 0;
    for (std::size_t i = from; i < mine.size(); ++i) sum += mine[i];
    text += fmt::format("u{},{:.4f},{:.4f}\n", row % 8, mine.back(), sum / static_cast<double>(mine.size() - from));
  }
  return text;
}

std::string windows_config(const std::string& source, const std::string& more) {
  return "version: 1\ndata_dir: ./data\nserver: {listen: 127.0.0.1:0, tick: 50ms}\n"
         "models:\n  - name: m\n    targets: {y: regression}\n    primary: y.rmse\n    entity: unit\n"
         "    data: {source: " +
         source +
         "}\n    features: {include: [a], derive: [{rolling: {columns: [a], window: 3rows, stats: [mean, first]}}]}\n"
         "    train: {params: {max_depth: 4, rounds: 60}, min_rows: 20}\n" +
         more;
}

Json one(double a, const std::string& unit, const std::string& id) {
  return {{"id", id}, {"entity", unit}, {"features", {{"a", a}}}};
}

TEST(Restart, windows_of_entities_are_history_then_what_was_asked) {
  const Folder folder;
  write_text(folder / "rows.csv", history(800));
  write_text(folder / "config.yaml", windows_config((folder / "rows.csv").string(), by_hand));
  const std::vector<double> asked = {9.5, 0.5, 9.0, 1.0, 8.5};
  const auto play = [&](const std::string& name, bool restarts) {
    std::vector<std::string> answers;
    auto server = std::make_unique<Server>(folder / "config.yaml", folder / name, folder / (name + ".log"));
    EXPECT_TRUE(server->listening() && server->wait_ready()) << server->log();
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (restarts && i > 0) {
        server->child().signal(SIGTERM);
        EXPECT_EQ(server->child().wait(Milliseconds(20000)), 0) << server->log();
        server = std::make_unique<Server>(folder / "config.yaml", folder / name, folder / (name + ".log"));
        EXPECT_TRUE(server->listening() && server->wait_ready()) << server->log();
        std::this_thread::sleep_for(Milliseconds(1500));  // the history is read again beside the answers
      }
      Connection connection(server->port());
      const Answer answer = connection.post(model_path + "/predict", one(asked[i], "u3", fmt::format("p{}", i)));
      EXPECT_EQ(answer.status, 200) << answer.body;
      answers.push_back(answer.json().contains("predictions") ? answer.json().at("predictions").dump() : answer.body);
    }
    return answers;
  };
  const auto expected = play("steady", false);
  const auto got = play("restarted", true);
  EXPECT_EQ(got, expected);
  EXPECT_NE(expected[3], expected[4]) << "the windows make no difference: this test has shown nothing";
}

TEST(Restart, labelled_rows_are_not_new_again) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  const std::string policy =
      "    monitor: {every: 1h}\n"
      "    retrain: {window: 100000rows, cooldown: 0s, when: [{volume: 300rows}]}\n"
      "    gates: [{none: true}]\n"
      "    rollout: {shadow: 10d, canary: {steps: [{weight: 50%, bake: 10d}]}, watch: 30d, deadline: 30d}\n";
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), policy));
  std::uint64_t next = 0;
  const auto label = [&](Connection& connection, int rows) {
    Json instances = Json::array();
    Json labels = Json::array();
    for (int i = 0; i < rows; ++i) {
      const std::string id = fmt::format("p{}", next++);
      const double a = static_cast<double>(next % 17) / 17;
      instances.push_back(instance(a, 0.5, 0.5, id));
      labels.push_back({{"id", id}, {"labels", {{"y", 3 * a - 1}}}});
    }
    ASSERT_EQ(connection.post(model_path + "/predict", {{"instances", instances}}).status, 200);
    ASSERT_EQ(connection.post(model_path + "/labels", labels).status, 200);
  };
  const auto jobs = [&](Connection& connection) { return connection.get("/api/v1/jobs").json().size(); };
  for (int life = 0; life < 3; ++life) {
    Server server(folder / "config.yaml", folder / "data", folder / "log");
    ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
    Connection connection(server.port());
    ASSERT_EQ(answering_version(connection), "1.0.0");
    if (life < 2) label(connection, 100);
    std::this_thread::sleep_for(Milliseconds(1500));
    EXPECT_EQ(jobs(connection), 1u) << "life " << life << ": " << next << " new rows are fewer than 300";
    if (life == 2) {
      label(connection, 150);
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (jobs(connection) < 2 && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(Milliseconds(50));
      EXPECT_EQ(jobs(connection), 2u) << "350 new rows over three lives are enough";
    }
    server.child().signal(SIGTERM);
    ASSERT_EQ(server.child().wait(Milliseconds(20000)), 0) << server.log();
  }
}

}  // namespace
}  // namespace perennial::process
