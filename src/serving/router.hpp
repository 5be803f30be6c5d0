#pragma once
// Hands the newest routing table to many readers without a lock on their path.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "serving/routing_table.hpp"

namespace perennial::serving {

/// Each thread keeps a pointer to the table it saw last and looks at one atomic counter to see whether it is the
/// newest; only after an install() does it take the lock once. An old table lives until the last thread has moved on.
class Router {
 public:
  Router();  ///< with an empty table
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// Every table() call that starts after this returns sees the new table. Thread-safe. Error: see
  /// RoutingTable::check().
  Status install(std::shared_ptr<const RoutingTable> table);
  /// Valid in this thread until its next call of table() or forget_in_this_thread().
  const RoutingTable& table() const;
  /// For threads that may idle for long or read another router: the newest table, held by the caller.
  std::shared_ptr<const RoutingTable> hold() const;
  /// Lets go of the table that this thread keeps.
  static void forget_in_this_thread();

 private:
  const std::uint64_t id_;  ///< unlike an address never used again
  std::atomic<std::uint64_t> installs_{1};
  mutable std::mutex mutex_;
  std::shared_ptr<const RoutingTable> newest_;
};

}  // namespace perennial::serving
