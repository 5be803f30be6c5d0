#pragma once
// Made-up customers for scenario scripts: rows whose truth follows a known rule, which a script may bend.

#include <cstdint>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "core/signature.hpp"
#include "core/table.hpp"

namespace perennial::scenario {

/// Deterministic: the same seed and the same calls give the same rows. Features are standard normal plus their shift;
/// the truth is a weighted sum of them (regression), or whether that sum is above 0 (binary), plus some noise.
class Population {
 public:
  struct Rows {
    Table request;
    std::vector<Truth> truth;
  };

  Population(Task task, std::vector<std::string> columns, bool with_entities, std::uint64_t seed);

  /// Rows at `after` + every, `after` + 2 every, …
  Rows next(std::size_t count, TimePoint after, Duration every);

  /// Moves a feature's mean by so many standard deviations of the start; "all" moves every feature.
  Status shift(const std::string& column, double by_sd);
  /// Back to where the features began.
  void settle();
  /// Faults of the pipeline: the truth goes on following the true values, only what is sent is broken. A factor on what
  /// is sent, and the share of values that get lost; "all" breaks every feature. mend() ends them.
  Status scale(const std::string& column, double factor);
  Status drop(const std::string& column, double share);
  void mend();
  /// Which rule the truth follows; 1 at the start.
  void follow_concept(std::uint64_t number) { concept_ = number; }
  /// The share of rows whose truth is drawn at random (binary), or noise in standard deviations of the sum
  /// (regression).
  void label_noise(double share) { noise_ = share; }

 private:
  Task task_;
  std::vector<std::string> columns_;
  bool with_entities_;
  Status find(const std::string& column, std::vector<std::size_t>& found) const;

  Rng rng_;
  Rng fault_rng_;  ///< its own, so that a fault does not change which customers come
  std::vector<double> shifts_;
  std::vector<double> factors_;
  std::vector<double> lost_;
  std::uint64_t concept_ = 1;
  double noise_ = 0.05;
};

}  // namespace perennial::scenario
