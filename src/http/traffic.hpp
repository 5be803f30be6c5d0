#pragma once
// Counts of the server itself, bounded by the route table.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/route.hpp"

namespace perennial::http {

/// Thread-safe.
class Traffic {
 public:
  explicit Traffic(const std::vector<Route>& routes);

  /// `route` is an index of the table, or its size for requests that found none.
  void count(std::size_t route, int status) noexcept;
  std::atomic<std::uint64_t> connections{0};          ///< open now
  std::atomic<std::uint64_t> connections_refused{0};  ///< over the cap
  std::atomic<std::uint64_t> connections_cut{0};      ///< for being too slow
  std::atomic<std::uint64_t> event_streams{0};        ///< open now
  std::atomic<std::uint64_t> bodies_bytes{0};         ///< being read now

  /// Prometheus text exposition format 0.0.4.
  std::string text() const;

 private:
  using ByClass = std::array<std::atomic<std::uint64_t>, 6>;  ///< 1xx … 5xx at their digit
  std::vector<std::string> operations_;
  std::unique_ptr<ByClass[]> requests_;
};

}  // namespace perennial::http
