// A training that is cut off by an orderly stop is begun again and has not used up an attempt.

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "process/scene.hpp"

namespace perennial::process {
namespace {

Json job_of(Connection& connection, const std::string& id) {
  for (const auto& job : connection.get("/api/v1/jobs").json())
    if (job.at("id") == id) return job;
  return {};
}

TEST(CrashingTraining, an_orderly_stop_does_not_count_as_an_attempt) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  const Path flag = folder / "slow";
  const Path trainer = folder / "trainer";
  write_text(trainer, fmt::format("#!/bin/sh\nif [ -e '{}' ]; then sleep 60; exit 1; fi\nexec '{}' \"$@\"\n",
                                  flag.string(), PERENNIAL_TRAINER));
  std::filesystem::permissions(trainer, std::filesystem::perms::owner_all);
  const Child::Environment environment = {{"PERENNIAL_TRAINER", trainer.string()}};
  std::string job;
  for (std::size_t life = 0; life <= limits::job_attempts + 1; ++life) {
    Server server(folder / "config.yaml", folder / "data", folder / "log", environment);
    ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
    Connection connection(server.port());
    if (life == 0) {
      ASSERT_EQ(answering_version(connection), "1.0.0");
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
    server.child().signal(SIGTERM);
    ASSERT_EQ(server.child().wait(Milliseconds(20000)), 0) << server.log();
  }
}

}  // namespace
}  // namespace perennial::process
