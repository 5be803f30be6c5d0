// Labels that are there before the predictions they belong to.

#include <gtest/gtest.h>

#include "process/scene.hpp"

namespace perennial::process {
namespace {

Json instances_of(const std::string& prefix, int count) {
  Json instances = Json::array();
  for (int i = 0; i < count; ++i)
    instances.push_back(instance(0.01 * i, 0.5, 0.02 * i, fmt::format("{}{}", prefix, i)));
  return instances;
}

Json labels_of(const std::string& prefix, int count) {
  Json labels = Json::array();
  for (int i = 0; i < count; ++i)
    labels.push_back({{"id", fmt::format("{}{}", prefix, i)}, {"labels", {{"y", 0.03 * i - 1}}}});
  return labels;
}

TEST(EarlyLabels, teach_nothing_and_take_no_row_from_the_next_training) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  Server server(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
  Connection connection(server.port());
  ASSERT_EQ(connection.post(model_path + "/labels", labels_of("early-", 10)).status, 200);
  ASSERT_EQ(connection.post(model_path + "/predict", {{"instances", instances_of("early-", 10)}}).status, 200);
  std::this_thread::sleep_for(Milliseconds(200));  // ticks: the early ones are met alone
  ASSERT_EQ(connection.post(model_path + "/predict", {{"instances", instances_of("usual-", 30)}}).status, 200);
  ASSERT_EQ(connection.post(model_path + "/labels", labels_of("usual-", 30)).status, 200);
  std::this_thread::sleep_for(Milliseconds(200));
  ASSERT_EQ(connection.post(model_path + "/events", {{"trigger", "manual"}}).json().value("decision", ""), "retrain");
  EXPECT_TRUE(wait_for_status(connection, "1.0.1", "shadow", Milliseconds(20000)))
      << connection.get(model_path + "/jobs").body;
  for (const auto& version : connection.get(model_path + "/versions").json())
    if (version.at("version") == "1.0.1") {
      const auto changelog = version.at("changelog").get<std::string>();
      EXPECT_NE(changelog.find("430 of 430 rows"), std::string::npos) << "400 of the file, 30 foretold: " << changelog;
    }
}

}  // namespace
}  // namespace perennial::process
