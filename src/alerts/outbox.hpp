#pragma once
// Alerts on their way. send() never waits for a network: a worker thread delivers, with limits::alert_attempts tries
// and exponential backoff between them. Under a virtual clock nothing is delivered, only recorded.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alerts/channel.hpp"
#include "core/limits.hpp"

namespace perennial::alerts {

struct OutboxOptions {
  bool record_only = false;                          ///< virtual clock: no thread, no delivery
  int attempts = limits::alert_attempts;             ///< per channel and alert
  Duration first_backoff = std::chrono::seconds(1);  ///< doubles with each try
  Duration longest_backoff = std::chrono::minutes(1);
  std::size_t queue = limits::alerts_queue;  ///< waiting alerts
};

/// The end of one alert on one channel.
struct Delivery {
  Alert alert;
  std::string channel;
  int attempts = 0;
  bool delivered = false;
  std::string error;  ///< of the last try; empty when delivered
};

enum class Accepted { queued, duplicate };

struct OutboxCounts {
  std::uint64_t queued = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t refused = 0;    ///< the queue was full
  std::uint64_t delivered = 0;  ///< per channel
  std::uint64_t failed = 0;     ///< per channel
};

class Outbox {
 public:
  /// `done` is called from the worker thread once per channel and alert; it must not call back into the outbox.
  Outbox(std::vector<std::unique_ptr<Channel>> channels, OutboxOptions options,
         std::function<void(const Delivery&)> done = {});
  /// stop(0).
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Thread-safe, never blocks on a delivery. overloaded when the queue is full. Keys are remembered for the last
  /// `limits::alerts_queue` alerts.
  Result<Accepted> send(Alert alert);
  /// What would have been sent (record_only), oldest first, and forgets it; the newest limits::alerts_queue are kept.
  std::vector<Alert> take_recorded();
  OutboxCounts counts() const;
  /// Waits up to `most` for the queue to empty, then ends the worker; the rest is reported as failed. A backoff is cut
  /// short, a running delivery ends by its own time limit.
  void stop(Duration most);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace perennial::alerts
