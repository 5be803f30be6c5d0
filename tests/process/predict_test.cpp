// perennial predict: a file scored by one version, from a data directory or by a running server.

#include <gtest/gtest.h>

#include "process/scene.hpp"

namespace perennial::process {
namespace {

TEST(Predict, a_server_is_asked_for_one_version_with_a_config_or_without) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  const std::string config = (folder / "config.yaml").string();
  write_text(config, config_text((folder / "rows.csv").string(), by_hand));
  Server server(config, folder / "data", folder / "log");
  ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
  const std::string url = fmt::format("http://127.0.0.1:{}", server.port());
  const auto predict = [&](const std::vector<std::string>& more) {
    std::vector<std::string> command{PERENNIAL_BIN, "predict"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command, folder.path());
  };
  const std::string data = (folder / "rows.csv").string();
  const Outcome bare = predict({"--url", url, "--data", data});
  ASSERT_EQ(bare.exit_code, 0) << bare.err;
  EXPECT_EQ(bare.out.find("row,y,version\n0,"), 0U) << bare.out.substr(0, 100);
  EXPECT_NE(bare.out.find(",1.0.0\n"), std::string::npos);
  EXPECT_EQ(std::ranges::count(bare.out, '\n'), 401);
  const Outcome named = predict({config, "--url", url, "--data", data, "--version", "1.0.0"});
  ASSERT_EQ(named.exit_code, 0) << named.err;
  EXPECT_EQ(named.out, bare.out);
  EXPECT_EQ(predict({"--url", url, "--data", data, "--version", "9.9.9"}).exit_code, 1);
  EXPECT_EQ(predict({"--data", data}).exit_code, 2) << "whom to ask is not said";

  // Nobody was served: nothing waits for a label.
  Connection connection(server.port());
  EXPECT_NE(connection.get("/metrics").body.find("perennial_labels_pending{model=\"m\"} 0"), std::string::npos)
      << connection.get("/metrics").body;
}

}  // namespace
}  // namespace perennial::process
