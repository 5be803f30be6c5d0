// A retrain or a data source that fails leaves the champion serving, and somebody is told.

#include <gtest/gtest.h>

#include "alerts/tiny_server.hpp"
#include "process/scene.hpp"

namespace perennial::process {
namespace {

using test::TinyServer;

bool told(const TinyServer& receiver, const std::string& text, Milliseconds limit = Milliseconds(15000)) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    for (const auto& request : receiver.requests())
      if (request.find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(Milliseconds(20));
  }
  return false;
}

class ChampionStays : public ::testing::Test {
 protected:
  void SetUp() override {
    write_text(folder / "rows.csv", regression_csv(400, 400, 3));
    write_text(folder / "config.yaml",
               config_text((folder / "rows.csv").string(),
                           by_hand + fmt::format("    alerts: [{{webhook: \"{}\"}}]\n", receiver.url())));
    const Outcome trained =
        run({PERENNIAL_BIN, "train", (folder / "config.yaml").string(), "--data-dir", (folder / "data").string()},
            folder.path());
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    // Other rows: a training on the same ones would be answered from what is remembered of the first.
    write_text(folder / "rows.csv", regression_csv(400, 400, 4));
  }
  TinyServer receiver{{TinyServer::answer("200 OK")}};
  const Folder folder;
};

TEST_F(ChampionStays, when_a_retrain_fails) {
  Server server(folder / "config.yaml", folder / "data", folder / "log", {{"PERENNIAL_TRAINER", "/bin/false"}});
  ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
  Connection connection(server.port());
  ASSERT_EQ(connection.post(model_path + "/events", {{"trigger", "manual"}}).json().value("decision", ""), "retrain");
  EXPECT_TRUE(told(receiver, "a retrain failed; the champion keeps serving"));
  const Json jobs = connection.get(model_path + "/jobs").json();
  ASSERT_TRUE(jobs.is_array() && !jobs.empty());
  EXPECT_EQ(jobs.at(0).at("status"), "failed");
  EXPECT_FALSE(jobs.at(0).at("error").get<std::string>().empty());
  EXPECT_EQ(answering_version(connection), "1.0.0");
  EXPECT_EQ(connection.get("/healthz").status, 200);
  EXPECT_EQ(connection.get("/readyz").status, 200);
}

TEST_F(ChampionStays, when_the_data_source_is_gone) {
  std::filesystem::remove(folder / "rows.csv");
  Server server(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
  Connection connection(server.port());
  EXPECT_TRUE(told(receiver, "the data source cannot be read; the champion keeps serving"));
  EXPECT_EQ(answering_version(connection), "1.0.0");
  EXPECT_EQ(connection.get("/healthz").status, 200);
  EXPECT_EQ(server.log().find("Segmentation"), std::string::npos);
}

TEST_F(ChampionStays, trap_22_events_are_decided_within_a_second_while_a_training_runs) {
  write_text(folder / "slow", "#!/bin/sh\nsleep 5\nexit 1\n");
  std::filesystem::permissions(folder / "slow", std::filesystem::perms::owner_all);
  Server server(folder / "config.yaml", folder / "data", folder / "log",
                {{"PERENNIAL_TRAINER", (folder / "slow").string()}});
  ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
  Connection connection(server.port());
  ASSERT_EQ(connection.post(model_path + "/events", {{"trigger", "manual"}}).json().value("decision", ""), "retrain");
  const auto status = [&connection] { return connection.get(model_path + "/jobs").json().at(0).value("status", ""); };
  for (int i = 0; i < 500 && status() == "queued"; ++i) std::this_thread::sleep_for(Milliseconds(20));
  double slowest_ms = 0;
  for (int i = 0; i < 20; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const Answer decided =
        connection.post(model_path + "/events", {{"trigger", "manual"}, {"command_id", fmt::format("during-{}", i)}});
    slowest_ms = std::max(slowest_ms,
                          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    EXPECT_EQ(decided.status, 200) << decided.body;
    EXPECT_EQ(decided.json().value("decision", ""), "skip") << "one retrain at a time";
    EXPECT_FALSE(decided.json().value("reason", "").empty());
    EXPECT_EQ(answering_version(connection), "1.0.0");
  }
  EXPECT_EQ(status(), "running") << "the training was to last longer than the events";
  fmt::print("20 events while a training runs: the slowest decided in {:.1f} ms\n", slowest_ms);
  EXPECT_LT(slowest_ms, 1000);
}

TEST_F(ChampionStays, a_retrain_asked_for_right_after_a_restart_waits_for_all_rows) {
  write_text(folder / "rows.csv", regression_csv(60000, 60000, 3));
  const Outcome trained =
      run({PERENNIAL_BIN, "train", (folder / "config.yaml").string(), "--data-dir", (folder / "large").string()},
          folder.path());
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  Server server(folder / "config.yaml", folder / "large", folder / "log");
  ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
  Connection connection(server.port());
  ASSERT_EQ(connection.post(model_path + "/events", {{"trigger", "manual"}}).json().value("decision", ""), "retrain");
  Json job;
  for (int i = 0; i < 1500 && (job.is_null() || job.at("ended_at").is_null()); ++i) {
    std::this_thread::sleep_for(Milliseconds(20));
    job = connection.get(model_path + "/jobs").json().at(0);
  }
  EXPECT_EQ(job.value("outcome", ""), "no_change") << "the same rows make the same version: " << job.at("error").dump();
}

}  // namespace
}  // namespace perennial::process
