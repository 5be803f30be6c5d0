#pragma once
// What version 1.0.0 would have answered: the `never_retrain` baseline of a replay.

#include <deque>
#include <future>
#include <memory>
#include <string>

#include "core/worker.hpp"
#include "feedback/record.hpp"
#include "inference/session.hpp"

namespace perennial::app {

/// Batches whose baseline may be still to come while the loop goes on.
inline constexpr std::size_t kBaselineBehindMost = 6;

/// Answers batches on a thread of its own, beside the loop, which has the same rows to answer anyway. Not thread-safe.
/// The worker is not asked where the version has answered the rows already, as champion or as shadow.
class Baseline {
 public:
  Baseline(std::shared_ptr<const inference::Session> session, std::string version)
      : session_(std::move(session)), version_(std::move(version)) {}

  /// Begins with the rows of `record`, which is not needed any more on return. Error: internal (other columns).
  Status begin(const feedback::PredictionRecord& record);
  /// Waits for the answers to the oldest rows that were begun and not taken.
  Result<Outputs> take();

 private:
  std::shared_ptr<const inference::Session> session_;
  std::string version_;
  std::deque<std::future<Result<Outputs>>> answers_;
  Worker worker_;
};

}  // namespace perennial::app
