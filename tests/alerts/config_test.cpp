#include "alerts/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::alerts {
namespace {

using ::testing::HasSubstr;

Result<std::vector<ChannelConfig>> read(const std::string& list) {
  ASSIGN_OR_RETURN(const auto node, ConfigNode::parse("alerts: " + list + "\n", "perennial.yaml"));
  return parse(node["alerts"]);
}

TEST(AlertsConfig, reads_webhooks_and_channels_without_a_target) {
  const auto configs = read(R"([{webhook: "https://example.com/hook"}, log, none])");
  ASSERT_TRUE(configs) << configs.error().message();
  ASSERT_EQ(configs->size(), 3u);
  EXPECT_EQ((*configs)[0].channel, "webhook");
  EXPECT_EQ((*configs)[0].target, "https://example.com/hook");
  EXPECT_EQ((*configs)[1].channel, "log");
  EXPECT_EQ(make_channels(*configs).value().size(), 3u);
  EXPECT_TRUE(read("[]").value().empty());
  EXPECT_TRUE(parse(ConfigNode()).value().empty());
}

TEST(AlertsConfig, what_cannot_be_used_is_an_error_of_the_config_with_its_place) {
  struct Row {
    const char* list;
    const char* says;
  };
  for (const auto& row : std::vector<Row>{{"[{webhook: \"ftp://host\"}]", "ftp"},
                                          {"[{webhok: \"https://host\"}]", "webhook"},
                                          {"[{slack: \"https://host\"}]", "slack"},
                                          {"[webhook]", "URL"},
                                          {"[lgo]", "log"},
                                          {"[{}]", ""},
                                          {"[[log]]", ""},
                                          {"{webhook: \"https://host\"}", "list"},
                                          {"log", "list"}}) {
    const auto configs = read(row.list);
    ASSERT_FALSE(configs) << row.list;
    EXPECT_EQ(configs.error().code, ErrorCode::config) << row.list;
    EXPECT_THAT(configs.error().message(), HasSubstr(row.says)) << row.list;
    EXPECT_THAT(configs.error().message(), HasSubstr("perennial.yaml")) << row.list;
  }
}

TEST(AlertsConfig, the_catalog_names_every_channel) {
  EXPECT_EQ(channels().names(), (std::vector<std::string>{"webhook", "log", "none"}));
  for (const auto& member : channels().members()) EXPECT_FALSE(member.entry.summary.empty());
}

}  // namespace
}  // namespace perennial::alerts
