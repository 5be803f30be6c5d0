// What happened, asked of the real program: of a server that runs, and of its data directory once it has ended.

#include "process/scene.hpp"

namespace perennial::process {
namespace {

class LookingBack : public ::testing::Test {
 protected:
  Outcome ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), PERENNIAL_BIN);
    return run(std::move(arguments), folder.path(), Milliseconds(60000));
  }
  Json ask_json(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = ask(std::move(arguments));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return Json::parse(outcome.out, nullptr, false);
  }
  const Folder folder;
};

TEST_F(LookingBack, a_server_and_its_data_directory_tell_the_same_story) {
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  const std::string config = (folder / "config.yaml").string();
  write_text(config, config_text((folder / "rows.csv").string(), by_hand));
  const std::string data = (folder / "data").string();
  Json before, at_first, rollout, prediction;
  std::string asked_at;
  {
    Server server(config, data, folder / "log");
    ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
    Connection connection(server.port());
    const std::string url = fmt::format("http://127.0.0.1:{}", server.port());
    Json instances = Json::array();
    Json labels = Json::array();
    for (int i = 0; i < 60; ++i) {
      instances.push_back(instance(0.01 * i, 1 - 0.01 * i, 0.3, fmt::format("order/{}", i)));
      labels.push_back({{"id", fmt::format("order/{}", i)}, {"labels", {{"y", -0.02 * i}}}});
    }
    ASSERT_EQ(connection.post(model_path + "/predict", {{"instances", instances}}).status, 200);
    ASSERT_EQ(connection.post(model_path + "/labels", labels).status, 200);
    std::this_thread::sleep_for(Milliseconds(200));
    ASSERT_EQ(connection.post(model_path + "/events", {{"trigger", "manual"}}).json().value("decision", ""), "retrain");
    ASSERT_TRUE(wait_for_status(connection, "1.0.1", "shadow")) << server.log();

    const Outcome running = ask({"status", "--url", url});
    EXPECT_EQ(running.exit_code, 0) << running.err;
    for (const char* part : {"of 1.0.1 against 1.0.0, shadow for", "waits for: ", "challenger: "})
      EXPECT_NE(running.out.find(part), std::string::npos) << part << "\n" << running.out;
    const Json live = ask_json({"explain", "rollout", "--url", url});
    EXPECT_EQ(live.value("version", ""), "1.0.1");
    EXPECT_TRUE(live.contains("now")) << live;

    ASSERT_EQ(
        connection.post(model_path + "/promote", {{"version", "1.0.1"}, {"override", true}, {"reason", "the board"}})
            .status,
        200);
    ASSERT_EQ(connection.post(model_path + "/rollback", {{"reason", "wrong prices"}}).status, 200);

    const Json all = ask_json({"history", "--url", url});
    ASSERT_EQ(all.at("history").size(), 3U) << all;
    EXPECT_EQ(all.at("history")[0].at("asked_by").at("who"), "operator");
    EXPECT_EQ(all.at("history")[0].at("reason"), "wrong prices");
    asked_at = all.at("history")[1].at("from").get<std::string>();
    at_first = ask_json({"history", "--at", asked_at, "--url", url});
    EXPECT_EQ(at_first.at("version"), "1.0.1");
    before = ask_json({"history", "--at", "2001-02-03T04:05:06Z", "--url", url});
    EXPECT_TRUE(before.at("version").is_null());
    rollout = ask_json({"explain", "rollout", "1.0.1", "--url", url});
    prediction = ask_json({"explain", "prediction", "order/7", "--url", url});
    EXPECT_EQ(prediction.at("version"), "1.0.0");
    EXPECT_EQ(prediction.at("labels").size(), 1U);
    EXPECT_TRUE(prediction.at("today").at("same").get<bool>()) << "1.0.0 serves again: " << prediction.at("today");
    const Outcome words = ask({"explain", "prediction", "order/7", "--url", url});
    EXPECT_NE(words.out.find("answered by version 1.0.0 (champion)"), std::string::npos) << words.out;

    EXPECT_EQ(ask({"explain", "prediction", "nobody", "--url", url}).exit_code, 1);
    EXPECT_NE(ask({"explain", "prediction", "nobody", "--url", url}).err.find("looked at 60 predictions"),
              std::string::npos);
    EXPECT_EQ(ask({"explain", "rollout", "9.9.9", "--url", url}).exit_code, 1);
    server.child().signal(SIGTERM);
    ASSERT_TRUE(server.child().wait(Milliseconds(20000))) << "the server did not end";
  }

  const std::vector<std::string> stopped = {"--config", config, "--data-dir", data};
  const auto of_directory = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), stopped.begin(), stopped.end());
    return ask_json(std::move(arguments));
  };
  EXPECT_EQ(of_directory({"history", "--at", asked_at}), at_first);
  EXPECT_EQ(of_directory({"history", "--at", "2001-02-03T04:05:06Z"}), before);
  EXPECT_EQ(of_directory({"explain", "rollout", "1.0.1"}).at("steps"), rollout.at("steps"));
  const Json again = of_directory({"explain", "prediction", "order/7"});
  for (const char* key : {"version", "features", "outputs", "labels", "today"})
    EXPECT_EQ(again.at(key), prediction.at(key)) << key;
}

TEST_F(LookingBack, a_bad_time_is_a_usage_error_that_shows_the_form) {
  write_text(folder / "config.yaml", config_text("rows.csv", by_hand));
  const Outcome outcome = ask({"history", "--at", "yesterday", "--config", (folder / "config.yaml").string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("2026-11-21T09:30:00Z"), std::string::npos) << outcome.err;
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"history", "--help"}, {"explain", "rollout", "--help"}, {"explain", "prediction", "--help"}}) {
    const Outcome help = ask(command);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.out.find("example: perennial "), std::string::npos) << help.out;
  }
}

}  // namespace
}  // namespace perennial::process
