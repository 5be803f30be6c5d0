#include <cstdio>

#include "alerts/channels/members.hpp"

namespace perennial::alerts {
namespace {

class Log final : public Channel {
 public:
  std::string name() const override { return "log"; }
  Status send(const Alert& alert) override {
    // JSON escapes control characters, so that no text of a user can forge a second line.
    const std::string line = "alert " + perennial::to_text(to_json(alert)) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), stderr) != line.size())
      return fail(ErrorCode::io, "cannot write to the standard error stream", "log");
    return {};
  }
};

}  // namespace

ChannelMember log_member() {
  return {{"log", "one line per alert on the standard error stream: the word alert, then JSON", {}},
          [](const ChannelConfig&) -> Result<std::unique_ptr<Channel>> { return std::make_unique<Log>(); }};
}

}  // namespace perennial::alerts
