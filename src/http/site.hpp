#pragma once
// What all connections of a server share.

#include <atomic>
#include <functional>
#include <string>

#include "http/event_hub.hpp"
#include "http/guard.hpp"
#include "http/lanes.hpp"
#include "http/route.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "http/traffic.hpp"

namespace perennial::http {

inline constexpr int labels_threads = 2;
inline constexpr int control_threads = 2;
inline constexpr std::size_t direct_bytes = 64u << 10;  ///< larger bodies of the direct lane are answered by `batch`

struct Site {
  Site(ServerOptions given, Guard checked, Backends called, std::vector<Route> routes)
      : options(std::move(given)),
        guard(std::move(checked)),
        backends(called),
        router(std::move(routes)),
        traffic(router.routes()),
        batch(options.threads, waiting_calls),
        labels(labels_threads, waiting_calls),
        control(control_threads, waiting_calls),
        hub(*called.queries),
        metrics([this] { return traffic.text(); }) {}

  ServerOptions options;
  Guard guard;
  Backends backends;
  Router router;
  Traffic traffic;
  WorkQueue batch, labels, control;
  EventHub hub;
  std::function<std::string()> metrics;
  std::atomic<bool> draining{false};
};

}  // namespace perennial::http
