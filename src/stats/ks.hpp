#pragma once
// Two-sample Kolmogorov-Smirnov test against a reference that is prepared once.

#include <cstdint>
#include <span>
#include <vector>

namespace perennial::stats {

struct Ks {
  double statistic = 0;  ///< sup |F_reference - F_current|, exact, 0..1
  double p_value = 1;    ///< limit distribution at sqrt(n m / (n + m)) * statistic (Smirnov 1948); above the exact one
  std::uint64_t reference_n = 0;
  std::uint64_t current_n = 0;
};

/// The distinct values of a sample in ascending order with their cumulative counts. NaN are left out; infinities are
/// ordinary extremes; ties are exact. Immutable, so safe to read from any thread.
class SortedSample {
 public:
  SortedSample() = default;
  explicit SortedSample(std::span<const double> values);

  std::uint64_t size() const { return cumulative_.empty() ? 0 : cumulative_.back(); }  ///< values that are not NaN
  std::span<const double> distinct() const { return distinct_; }
  /// Values that are not above distinct()[i].
  std::span<const std::uint32_t> cumulative() const { return cumulative_; }
  /// The smallest value v with F(v) >= share; NaN where empty.
  double quantile(double share) const;

  /// O(m log d + d) without sorting `current`. Statistic 0 and p-value 1 where either side is empty.
  Ks against(std::span<const double> current) const;

 private:
  std::vector<double> distinct_;
  std::vector<std::uint32_t> cumulative_;
};

/// For one-off use.
Ks ks_two_sample(std::span<const double> reference, std::span<const double> current);

}  // namespace perennial::stats
