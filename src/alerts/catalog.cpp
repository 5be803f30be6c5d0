#include <fmt/format.h>

#include "alerts/channel.hpp"
#include "alerts/channels/members.hpp"

namespace perennial::alerts {

Json to_json(const Alert& alert) {
  return {{"model", alert.model},   {"kind", alert.kind},          {"title", alert.title},
          {"detail", alert.detail}, {"at", format_time(alert.at)}, {"event_seq", alert.event_seq}};
}

const Catalog<ChannelMember>& channels() {
  static const Catalog<ChannelMember> catalog("alert channel", {webhook_member(), log_member(), none_member()});
  return catalog;
}

Result<std::unique_ptr<Channel>> make_channel(const ChannelConfig& config) {
  ASSIGN_OR_RETURN(const auto* member, channels().find(config.channel, "alerts"));
  return member->make(config);
}

}  // namespace perennial::alerts
