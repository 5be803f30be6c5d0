#include "alerts/config.hpp"

#include <fmt/format.h>

namespace perennial::alerts {
namespace {

Result<ChannelConfig> parse_item(const ConfigNode& item) {
  ChannelConfig config;
  if (item.is_scalar()) {
    ASSIGN_OR_RETURN(config.channel, item.text());
    if (config.channel == "webhook") return item.error("the webhook has no URL", "write {webhook: \"https://…\"}");
  } else {
    TRY(item.check_keys({"webhook"}, {"slack", "email", "pagerduty", "teams"}));
    ASSIGN_OR_RETURN(config.target, item["webhook"].text());
    config.channel = "webhook";
  }
  if (auto channel = make_channel(config); !channel) return item.error(channel.error().what, channel.error().hint);
  return config;
}

}  // namespace

Result<std::vector<ChannelConfig>> parse(const ConfigNode& node) {
  std::vector<ChannelConfig> configs;
  if (!node.defined()) return configs;
  if (!node.is_list()) return node.error("a list of channels is needed", "such as [{webhook: \"https://…\"}]");
  const auto items = node.items();
  if (items.size() > channels_per_list)
    return node.error(fmt::format("{} channels", items.size()), fmt::format("at most {}", channels_per_list));
  for (const auto& item : items) {
    ASSIGN_OR_RETURN(auto config, parse_item(item));
    configs.push_back(std::move(config));
  }
  return configs;
}

Result<std::vector<std::unique_ptr<Channel>>> make_channels(const std::vector<ChannelConfig>& configs) {
  std::vector<std::unique_ptr<Channel>> made;
  for (const auto& config : configs) {
    ASSIGN_OR_RETURN(auto channel, make_channel(config));
    made.push_back(std::move(channel));
  }
  return made;
}

}  // namespace perennial::alerts
