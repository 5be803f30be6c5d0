#pragma once
// Looks for new rows of the models that have `data.watch`, while the server runs.

#include <memory>

#include "core/clock.hpp"
#include "lifecycle/fleet.hpp"

namespace perennial::app {

/// A new file is taken as one batch once it looks the same at two looks in a row; of a file that has changed, and of a
/// query, the rows later than all that were taken before are one. The same rows are never taken twice, under whatever
/// name. A file that cannot be used is refused, told once, and looked at again when it has changed.
class BatchWatch {
 public:
  /// `fleet` and `clock` must outlive it. Nothing happens before start(), and nothing at all where no model is watched.
  BatchWatch(lifecycle::Fleet& fleet, const Clock& clock);
  /// As stop().
  ~BatchWatch();
  BatchWatch(const BatchWatch&) = delete;
  BatchWatch& operator=(const BatchWatch&) = delete;

  /// From the first look on, in a thread of its own: files are read beside what serves. Once.
  void start();
  /// Ends the look that goes on, at the next chunk of rows, and waits for it. Thread-safe.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace perennial::app
