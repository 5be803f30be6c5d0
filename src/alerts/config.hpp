#pragma once
// Reads the `alerts:` list of a model or of the server: `[{webhook: "https://…"}, log, none]`.

#include <vector>

#include "alerts/channel.hpp"
#include "core/config_node.hpp"

namespace perennial::alerts {

/// Channels of one list.
inline constexpr std::size_t channels_per_list = 16;

/// An undefined node is an empty list. Each target is checked by building its channel once. Error: config with place.
Result<std::vector<ChannelConfig>> parse(const ConfigNode& node);

/// Every channel of the list, ready to send.
Result<std::vector<std::unique_ptr<Channel>>> make_channels(const std::vector<ChannelConfig>& configs);

}  // namespace perennial::alerts
