#pragma once
// What the two versions of a rollout have answered in its present phase, in numbers for people: how many rows each has
// scored, and mean and spread of every output. Nothing is decided by it: a better model may well answer other means
// (trap 2).

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/signature.hpp"
#include "core/time.hpp"
#include "feedback/record.hpp"

namespace perennial::lifecycle {

/// Fewer rows of a version are not compared (row 101).
inline constexpr std::uint64_t least_compared_outputs = 100;

/// Thread-safe: serving threads add, the loop begins phases and looks.
class ArmOutputs {
 public:
  explicit ArmOutputs(std::vector<Target> targets) : targets_(std::move(targets)) {}

  /// A phase begins: from now on rows predicted after `from` count, by these two versions.
  void begin(std::string challenger, std::string champion, TimePoint from);
  /// No rollout runs: nothing counts.
  void end();
  void add(const feedback::PredictionRecord& record);

  /// Per target and output (one per class where it is a class): {"output", "challenger": {"rows", "mean", "std"},
  /// "champion": {…}, "difference" of the means, challenger - champion, or null, "insufficient": fewer than
  /// least_compared_outputs rows of either}. std is null below two rows.
  Json to_json() const;

 private:
  /// Running mean and sum of squared deviations (Welford 1962).
  struct Moments {
    std::uint64_t rows = 0;
    double mean = 0;
    double squares = 0;
    void add(double value);
  };
  struct Side {
    std::string version;
    std::vector<Moments> outputs;
  };

  std::vector<Target> targets_;
  mutable std::mutex mutex_;
  std::optional<TimePoint> from_;  // guarded by mutex_; nothing where no rollout runs
  std::array<Side, 2> sides_;      // challenger, champion; guarded by mutex_
};

}  // namespace perennial::lifecycle
