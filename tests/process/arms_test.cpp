// An entity's arm is a function of the entity and the rollout, not of the process that is asked.

#include <gtest/gtest.h>

#include <map>

#include "process/scene.hpp"

namespace perennial::process {
namespace {

constexpr std::string_view long_canary =
    "    monitor: {every: 1h}\n"
    "    retrain: {window: 100000rows, cooldown: 1s}\n"
    "    gates: [{none: true}]\n"
    "    rollout: {shadow: 0rows, canary: {steps: [{weight: 30%, bake: 10d}], min_samples: 1000}, watch: 30d, "
    "deadline: 30d,"
    " rollback_on: {latency_ms_p99: 10000}}\n";

std::map<std::string, std::string> arms(int port) {
  Connection connection(port);
  std::map<std::string, std::string> arm_of;
  for (int i = 0; i < 200; ++i) {
    const Answer answer =
        connection.post(model_path + "/predict", instance(0.1, 0.2, 0.3, "", fmt::format("entity-{}", i)));
    if (answer.status == 200) arm_of[fmt::format("entity-{}", i)] = answer.json().value("arm", "");
  }
  return arm_of;
}

TEST(Arms, trap_01_an_entity_keeps_its_arm_after_a_restart_and_in_a_second_process) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), std::string(long_canary)));
  auto server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  {
    Connection connection(server->port());
    Json instances = Json::array();
    Json labels = Json::array();
    for (int i = 0; i < 60; ++i) {
      instances.push_back(instance(0.01 * i, 0.5, 0.5, fmt::format("p{}", i)));
      labels.push_back({{"id", fmt::format("p{}", i)}, {"labels", {{"y", 1.0 + 0.01 * i}}}});
    }
    ASSERT_EQ(connection.post(model_path + "/predict", {{"instances", instances}}).status, 200);
    ASSERT_EQ(connection.post(model_path + "/labels", labels).status, 200);
    std::this_thread::sleep_for(Milliseconds(150));
    ASSERT_EQ(connection.post(model_path + "/events", {{"trigger", "manual"}}).status, 200);
    ASSERT_TRUE(wait_for_status(connection, "1.0.1", "canary")) << statuses(connection).dump();
  }
  const auto before = arms(server->port());
  ASSERT_EQ(before.size(), 200u);
  const auto challengers = std::ranges::count_if(before, [](const auto& one) { return one.second == "challenger"; });
  fmt::print("{} of 200 entities are the challenger's at 30 %\n", challengers);
  EXPECT_GT(challengers, 30);
  EXPECT_LT(challengers, 90);
  EXPECT_EQ(arms(server->port()), before);

  server->child().kill_now();
  server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  EXPECT_EQ(arms(server->port()), before) << "after kill -9 and a restart";

  // A second process, on a copy of the stopped directory, beside the first one.
  server->child().signal(SIGTERM);
  ASSERT_EQ(server->child().wait(Milliseconds(20000)), 0);
  std::filesystem::copy(folder / "data", folder / "copy", std::filesystem::copy_options::recursive);
  server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
  Server second(folder / "config.yaml", folder / "copy", folder / "log2");
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  ASSERT_TRUE(second.listening() && second.wait_ready()) << second.log();
  EXPECT_EQ(arms(server->port()), before);
  EXPECT_EQ(arms(second.port()), before);
}

}  // namespace
}  // namespace perennial::process
