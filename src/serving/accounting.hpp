#pragma once
// Requests, errors and latency of each arm: since start for /metrics, and for the current rollout phase for its judge.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "feedback/record.hpp"
#include "stats/quantile.hpp"

namespace perennial::serving {

struct ArmCounts {
  std::uint64_t requests = 0;  ///< rows that this arm was asked for (shadow: copies scored)
  std::uint64_t errors = 0;    ///< of these: rows without a usable answer, non-finite ones included
  std::uint64_t non_finite = 0;
  std::uint64_t fallbacks = 0;  ///< of these errors: rows that the champion answered instead
  double latency_us_sum = 0;
  stats::LogHistogram latency_us;  ///< one value per run that covered a whole request: only these compare between arms

  double error_share() const { return requests == 0 ? 0 : static_cast<double>(errors) / static_cast<double>(requests); }
};

/// One observation of one arm.
struct ArmSample {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t non_finite = 0;
  std::uint64_t fallbacks = 0;
  double latency_us = -1;  ///< < 0: not measured
};

/// One per model. Thread-safe; writers touch one of several shards, so that they hardly ever meet.
class Accounting {
 public:
  Accounting();
  ~Accounting();

  /// `phase` is ModelRoute::phase of the table that the request was routed with. A larger one than seen before starts
  /// the phase's counts anew; a smaller one (a request that was in flight) counts in the totals only.
  void add(feedback::Arm arm, std::uint64_t phase, const ArmSample& sample);
  /// Of this phase alone; zeros where none was counted.
  ArmCounts phase(feedback::Arm arm, std::uint64_t phase) const;
  ArmCounts total(feedback::Arm arm) const;

  void add_repeated(std::uint64_t rows);  ///< rows whose id was answered before
  std::uint64_t repeated() const;
  void add_refused(std::uint64_t rows);  ///< rows of requests that failed before scoring
  std::uint64_t refused() const;

 private:
  struct Shard;
  static constexpr std::size_t kShards = 4;
  Shard& mine() const;
  ArmCounts sum(feedback::Arm arm, const std::uint64_t* phase) const;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace perennial::serving
