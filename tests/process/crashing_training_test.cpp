// A training that takes the server with it, every time: tried a few times with pauses, then given up.

#include <gtest/gtest.h>

#include <algorithm>

#include "core/limits.hpp"
#include "process/scene.hpp"

namespace perennial::process {
namespace {

Json job_of(Connection& connection, const std::string& id) {
  for (const auto& job : connection.get("/api/v1/jobs").json())
    if (job.at("id") == id) return job;
  return {};
}

/// New rows to learn from: without them a training is found in the memo and no trainer runs.
void label_something(Connection& connection) {
  Json instances = Json::array();
  Json labels = Json::array();
  for (int i = 0; i < 40; ++i) {
    const double a = static_cast<double>(i) / 40;
    instances.push_back(instance(a, 0.5, 0.5, fmt::format("p{}", i)));
    labels.push_back({{"id", fmt::format("p{}", i)}, {"labels", {{"y", 2 * a}}}});
  }
  ASSERT_EQ(connection.post(model_path + "/predict", {{"instances", instances}}).status, 200);
  ASSERT_EQ(connection.post(model_path + "/labels", labels).status, 200);
  std::this_thread::sleep_for(Milliseconds(300));  // a few ticks
}

/// A trainer that does `then` where `flag` is there, and says so in the file `runs`.
Child::Environment trainer_that(const Folder& folder, const Path& flag, const std::string& then) {
  const Path trainer = folder / "trainer";
  write_text(trainer, fmt::format("#!/bin/sh\nif [ -e '{}' ]; then echo run >> '{}'; {}; fi\nexec '{}' \"$@\"\n",
                                  flag.string(), (folder / "runs").string(), then, PERENNIAL_TRAINER));
  std::filesystem::permissions(trainer, std::filesystem::perms::owner_all);
  return {{"PERENNIAL_TRAINER", trainer.string()}};
}

std::size_t runs(const Folder& folder) {
  const std::string text = read_text(folder / "runs");
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST(CrashingTraining, is_failed_after_its_attempts_and_the_champion_serves_on) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  // An out-of-memory killer that picks the wrong process.
  const Path flag = folder / "kill";
  const auto environment = trainer_that(folder, flag, "kill -9 $PPID; exit 1");

  std::string job;
  std::vector<double> pauses;
  for (std::size_t life = 0; life <= limits::job_attempts; ++life) {
    Server server(folder / "config.yaml", folder / "data", folder / "log", environment);
    ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
    const auto ready = std::chrono::steady_clock::now();
    Connection connection(server.port());
    EXPECT_EQ(answering_version(connection), "1.0.0");
    if (life == 0) {
      label_something(connection);
      write_text(flag, "");
      const Answer answer = connection.post(model_path + "/events", {{"trigger", "manual"}, {"command_id", "c1"}});
      ASSERT_TRUE(answer.status == 200 || answer.status == 0) << answer.body;
      if (answer.status == 200) job = answer.json().value("job_id", "");
    }
    if (life == limits::job_attempts) {
      if (job.empty()) {
        const Json jobs = connection.get("/api/v1/jobs").json();
        job = jobs.at(0).at("id").get<std::string>();
      }
      const Json ended = job_of(connection, job);
      ASSERT_TRUE(ended.is_object()) << connection.get("/api/v1/jobs").body;
      EXPECT_EQ(ended.at("status"), "failed") << ended.dump();
      EXPECT_EQ(ended.at("outcome"), "failed");
      EXPECT_EQ(ended.at("attempt"), limits::job_attempts);
      EXPECT_NE(ended.at("error").get<std::string>().find("3 times"), std::string::npos) << ended.dump();
      // Nothing more of it: the next training is a new job, and works.
      std::filesystem::remove(flag);
      const Answer answer = connection.post(model_path + "/events", {{"trigger", "manual"}, {"command_id", "c2"}});
      ASSERT_EQ(answer.status, 200) << answer.body;
      EXPECT_NE(answer.json().value("job_id", ""), job);
      EXPECT_TRUE(wait_for_status(connection, "1.0.1", "shadow")) << connection.get("/api/v1/jobs").body;
      break;
    }
    ASSERT_TRUE(server.child().wait(Milliseconds(60000))) << "life " << life << " was not killed: " << server.log();
    pauses.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - ready).count());
  }
  // It served in between: 5 s before the second attempt, 10 s before the third, less what the start took.
  ASSERT_EQ(pauses.size(), 3u);
  EXPECT_EQ(runs(folder), 3u);
  EXPECT_GT(pauses[1], 2.0);
  EXPECT_GT(pauses[2], 6.0);
}

TEST(CrashingTraining, an_orderly_stop_does_not_count_as_an_attempt) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  const Path flag = folder / "slow";
  const auto environment = trainer_that(folder, flag, "sleep 60; exit 1");
  std::string job;
  for (std::size_t life = 0; life <= limits::job_attempts + 1; ++life) {
    Server server(folder / "config.yaml", folder / "data", folder / "log", environment);
    ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
    Connection connection(server.port());
    if (life == 0) {
      ASSERT_EQ(answering_version(connection), "1.0.0");
      label_something(connection);
      write_text(flag, "");
      const Answer answer = connection.post(model_path + "/events", {{"trigger", "manual"}});
      ASSERT_EQ(answer.status, 200) << answer.body;
      job = answer.json().value("job_id", "");
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    Json now;
    while (std::chrono::steady_clock::now() < until) {
      now = job_of(connection, job);
      if (now.is_object() && now.at("status") == "running") break;
      std::this_thread::sleep_for(Milliseconds(20));
    }
    ASSERT_EQ(now.at("status"), "running") << "life " << life << ": " << now.dump();
    EXPECT_EQ(now.at("attempt"), 1);
    while (runs(folder) < life + 1 && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(Milliseconds(20));
    ASSERT_EQ(runs(folder), life + 1) << "the trainer did not run in this life";
    server.child().signal(SIGTERM);
    ASSERT_EQ(server.child().wait(Milliseconds(20000)), 0) << server.log();
  }
}

}  // namespace
}  // namespace perennial::process
