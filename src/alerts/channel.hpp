#pragma once
// A way to tell people. One file per channel in channels/, one line each in catalog.cpp.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::alerts {

/// What is said. Two alerts with the same key are one.
struct Alert {
  std::string key;  ///< for deduplication, such as "flights/RolledBack/118"; empty: never a duplicate
  std::string model;
  std::string kind;   ///< the event's type or a warning's name
  std::string title;  ///< one line
  std::string detail;
  TimePoint at{};
  std::uint64_t event_seq = 0;
};

/// {"model", "kind", "title", "detail", "at", "event_seq"}: the body that a webhook receives.
Json to_json(const Alert& alert);

class Channel {
 public:
  virtual ~Channel() = default;
  virtual std::string name() const = 0;
  /// Blocks, at most for the channel's time limit. Called from one thread. Errors io, timeout and overloaded are worth
  /// another try; all others are final. An error never contains the address beyond its host.
  virtual Status send(const Alert& alert) = 0;
};

/// One item of the `alerts:` list.
struct ChannelConfig {
  std::string channel;  ///< catalog name
  std::string target;   ///< the webhook's URL; empty where the channel has none
  Duration timeout = std::chrono::seconds(10);
};

struct ChannelMember {
  CatalogEntry entry;
  std::function<Result<std::unique_ptr<Channel>>(const ChannelConfig&)> make;
};

const Catalog<ChannelMember>& channels();
/// Error: config for an unknown name or an unusable target.
Result<std::unique_ptr<Channel>> make_channel(const ChannelConfig& config);

}  // namespace perennial::alerts
