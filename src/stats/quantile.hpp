#pragma once
// Percentiles of durations in fixed memory.

#include <array>
#include <cstdint>

namespace perennial::stats {

/// Counts in buckets of equal relative width, 32 per doubling, so a percentile is within 1.6 % of an exact one.
/// Range 2^-10 (about 0.001) to 2^30 (about 10^9) in the caller's unit; values outside count at the ends, NaN and
/// negative ones at the low end. 10 KiB, mergeable, not thread-safe.
class LogHistogram {
 public:
  void add(double value, std::uint64_t times = 1);
  void merge(const LogHistogram& other);
  void clear();
  std::uint64_t count() const { return count_; }
  double max() const { return max_; }  ///< exact; 0 where empty
  /// share in 0..1 (0.5 median, 0.99 p99), nearest rank; 0 where empty. Never above max().
  double quantile(double share) const;

 private:
  static constexpr int low_exponent = -10;
  static constexpr int high_exponent = 30;
  static constexpr std::size_t per_doubling = 32;
  static constexpr std::size_t buckets = static_cast<std::size_t>(high_exponent - low_exponent) * per_doubling;
  static std::size_t bucket_of(double value);
  static double middle_of(std::size_t bucket);
  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  double max_ = 0;
};

}  // namespace perennial::stats
