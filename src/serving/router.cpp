#include "serving/router.hpp"

namespace perennial::serving {
namespace {

struct Seen {
  std::uint64_t router = 0;
  std::uint64_t installs = 0;
  std::shared_ptr<const RoutingTable> table;
};

thread_local Seen seen;

std::uint64_t next_router_id() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1) + 1;
}

}  // namespace

Router::Router() : id_(next_router_id()), newest_(std::make_shared<const RoutingTable>()) {}

Status Router::install(std::shared_ptr<const RoutingTable> table) {
  TRY(table->check());
  const std::lock_guard lock(mutex_);
  newest_ = std::move(table);
  installs_.fetch_add(1, std::memory_order_release);
  return {};
}

const RoutingTable& Router::table() const {
  const std::uint64_t newest = installs_.load(std::memory_order_acquire);
  if (seen.router != id_ || seen.installs != newest) {
    // The table that is let go may be the last reference to sessions: it dies outside the lock.
    std::shared_ptr<const RoutingTable> old = std::move(seen.table);
    const std::lock_guard lock(mutex_);
    seen = {id_, installs_.load(std::memory_order_relaxed), newest_};
  }
  return *seen.table;
}

std::shared_ptr<const RoutingTable> Router::hold() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void Router::forget_in_this_thread() { seen = {}; }

}  // namespace perennial::serving
