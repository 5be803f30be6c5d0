#include "stats/quantile.hpp"

#include <algorithm>
#include <cmath>

namespace perennial::stats {

std::size_t LogHistogram::bucket_of(double value) {
  if (!(value > 0)) return 0;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent, fraction in [0.5, 1)
  exponent -= 1;
  if (std::isinf(value) || exponent >= high_exponent) return buckets - 1;
  if (exponent < low_exponent) return 0;
  const auto within = static_cast<std::size_t>((2 * fraction - 1) * static_cast<double>(per_doubling));
  return static_cast<std::size_t>(exponent - low_exponent) * per_doubling + within;
}

double LogHistogram::middle_of(std::size_t bucket) {
  const double within = (static_cast<double>(bucket % per_doubling) + 0.5) / static_cast<double>(per_doubling);
  return std::ldexp(1 + within, static_cast<int>(bucket / per_doubling) + low_exponent);
}

void LogHistogram::add(double value, std::uint64_t times) {
  if (times == 0) return;
  counts_[bucket_of(value)] += times;
  count_ += times;
  if (value > max_) max_ = value;
}

void LogHistogram::merge(const LogHistogram& other) {
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

void LogHistogram::clear() { *this = LogHistogram(); }

double LogHistogram::quantile(double share) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(middle_of(i), max_);
  }
  return max_;
}

}  // namespace perennial::stats
