#pragma once
// What each file of this folder adds to the catalog.

#include "alerts/channel.hpp"

namespace perennial::alerts {

ChannelMember webhook_member();
ChannelMember log_member();
ChannelMember none_member();

}  // namespace perennial::alerts
