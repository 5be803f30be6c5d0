#pragma once
// One connection: reads requests one after the other, has them answered, writes the answers in order.

#include <chrono>
#include <functional>
#include <memory>

#include "http/event_hub.hpp"
#include "http/site.hpp"

namespace boost::asio {
class io_context;
}

namespace perennial::http {

using SteadyTime = std::chrono::steady_clock::time_point;

inline constexpr std::chrono::seconds linger{2};        ///< for the client to read an answer after which we close
inline constexpr std::size_t linger_bytes = 16u << 20;  ///< discarded while lingering; then cut

/// Everything but wake() is called from the connection's io_context.
class Session : public Wakeable {
 public:
  virtual void start() = 0;
  /// Called a few times per second: cuts what is too slow, keeps event streams alive.
  virtual void sweep(SteadyTime now) = 0;
  /// Ends after the answer that is under way; at once where there is none, and for event streams.
  virtual void drain() = 0;
  virtual void cut() = 0;
};

/// Takes over the connected socket `descriptor`. `closed` is called once, when the connection has ended.
std::shared_ptr<Session> make_session(Site& site, boost::asio::io_context& context, int descriptor, bool ipv6,
                                      std::function<void(Session&)> closed);

}  // namespace perennial::http
