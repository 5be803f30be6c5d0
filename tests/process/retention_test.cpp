// What a server keeps of old versions: on disk, by itself, and after a restart.

#include "process/versions.hpp"

namespace perennial::process {
namespace {

std::size_t blobs_in(const Path& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) count += entry.is_regular_file();
  return count;
}

Json version(Connection& connection, const std::string& number) {
  return connection.get(model_path + "/versions/" + number).json();
}

TEST(Retention, old_artifacts_go_by_themselves_and_pinned_ones_stay) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  std::string config = config_text((folder / "rows.csv").string(), by_hand);
  config.replace(config.find("rollout: {"), 10, "rollout: {keep: 1, ");
  write_text(folder / "config.yaml", config);
  auto server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  {
    Connection connection(server->port());
    make_versions(connection, 2);
    ASSERT_FALSE(HasFatalFailure());
    ASSERT_EQ(connection.post(model_path + "/pin", {{"version", "1.0.0"}, {"reason", "audited"}}).status, 200);
    make_versions(connection, 5, 3);
    ASSERT_FALSE(HasFatalFailure());
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!version(connection, "1.0.2").value("artifact_collected", false) && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(Milliseconds(20));
    for (const auto& [number, gone] : std::map<std::string, bool>{
             {"1.0.0", false}, {"1.0.1", true}, {"1.0.2", true}, {"1.0.3", false}, {"1.0.4", false}, {"1.0.5", false}})
      EXPECT_EQ(version(connection, number).value("artifact_collected", !gone), gone) << number;
    EXPECT_EQ(version(connection, "1.0.0").at("pinned").value("reason", ""), "audited");
  }
  server->child().kill_now();
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), PERENNIAL_BIN);
    for (const auto* word : {"--config", "CONFIG", "--data-dir", "DATA"})
      words.emplace_back(std::string(word) == "CONFIG" ? (folder / "config.yaml").string()
                         : std::string(word) == "DATA" ? (folder / "data").string()
                                                       : word);
    Child child(words, folder / "out", folder / "err");
    child.wait(Milliseconds(60000));
    return read_text(folder / "out") + read_text(folder / "err");
  };
  EXPECT_NE(run({"audit", "verify"}).find("good: "), std::string::npos) << "what was collected is not missed";
  EXPECT_NE(run({"export", "--version", "1.0.1", "-o", (folder / "x").string()}).find("was collected"),
            std::string::npos);
  const std::size_t before = blobs_in(folder / "data" / "blobs");
  EXPECT_NE(run({"pin", "1.0.0", "--release"}).find("no longer pinned"), std::string::npos);
  const std::string would = run({"prune", "--dry-run"});
  EXPECT_NE(would.find("would free"), std::string::npos) << would;
  EXPECT_NE(would.find("1.0.0"), std::string::npos) << would;
  EXPECT_EQ(blobs_in(folder / "data" / "blobs"), before);
  EXPECT_NE(run({"prune"}).find("freed"), std::string::npos);
  EXPECT_LT(blobs_in(folder / "data" / "blobs"), before);
  EXPECT_NE(run({"versions"}).find("archived, not kept"), std::string::npos);

  server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  Connection connection(server->port());
  EXPECT_EQ(answering_version(connection), "1.0.5");
  EXPECT_EQ(connection.post(model_path + "/rollback", Json::object()).json().value("to", ""), "1.0.4");
  EXPECT_EQ(connection.post(model_path + "/rollback", {{"to", "1.0.1"}}).status, 409);
}

}  // namespace
}  // namespace perennial::process
