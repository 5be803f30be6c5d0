#pragma once
// A running server: the fleet, the thread that turns its loop, and the HTTP front.

#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "lifecycle/fleet_config.hpp"

namespace perennial::app {

struct ServiceOptions {
  lifecycle::FleetConfig config;
  std::string trainer;
};

class Service {
 public:
  /// Opens the data directory, starts to listen, then trains first versions where there are none (readiness waits for
  /// them). Errors: config (listen, features), conflict (another process uses the data directory), io, corrupt.
  static Result<std::unique_ptr<Service>> start(ServiceOptions options);
  ~Service();

  std::string url() const;
  std::vector<std::string> models() const;
  /// False once the journal or the disk made the loop stop; stop() then says why.
  bool healthy() const;
  /// Drains requests, ends trainings, closes the logs. The loop's error, where one stopped it.
  Status stop();

 private:
  struct State;
  explicit Service(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace perennial::app
