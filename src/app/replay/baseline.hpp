#pragma once
// What version 1.0.0 would have answered: the `never_retrain` baseline of a replay.

#include <future>
#include <memory>
#include <string>

#include "feedback/record.hpp"
#include "inference/session.hpp"

namespace perennial::app {

/// Answers one batch at a time on a thread of its own, beside the loop, which has the same rows to answer anyway.
/// Not thread-safe. Nobody is asked where the version has answered the rows already, as champion or as shadow.
class Baseline {
 public:
  Baseline(std::shared_ptr<const inference::Session> session, std::string version)
      : session_(std::move(session)), version_(std::move(version)) {}

  /// Begins with the rows of `record`, which is not needed any more on return. Error: internal (other columns).
  Status begin(const feedback::PredictionRecord& record);
  /// Waits for the answers to the rows that were begun last; at most once for each begin().
  Result<Outputs> take();

 private:
  std::shared_ptr<const inference::Session> session_;
  std::string version_;
  std::future<Result<Outputs>> answers_;
};

}  // namespace perennial::app
