#pragma once
// Mean and variance in one pass (Welford 1962), mergeable (Chan, Golub & LeVeque 1979).

#include <cmath>
#include <cstdint>

namespace perennial::stats {

class Moments {
 public:
  void add(double value) {
    ++n_;
    const double delta = value - mean_;
    mean_ += delta / static_cast<double>(n_);
    sum_of_squares_ += delta * (value - mean_);
  }
  void merge(const Moments& other) {
    if (other.n_ == 0) return;
    const double n = static_cast<double>(n_ + other.n_);
    const double delta = other.mean_ - mean_;
    sum_of_squares_ +=
        other.sum_of_squares_ + delta * delta * static_cast<double>(n_) * static_cast<double>(other.n_) / n;
    mean_ += delta * static_cast<double>(other.n_) / n;
    n_ += other.n_;
  }
  std::uint64_t n() const { return n_; }
  double mean() const { return mean_; }
  /// Of the sample (n - 1); 0 below two values.
  double variance() const { return n_ < 2 ? 0 : sum_of_squares_ / static_cast<double>(n_ - 1); }
  double deviation() const { return std::sqrt(variance()); }
  /// Of the mean, for independent values.
  double standard_error() const { return n_ == 0 ? 0 : std::sqrt(variance() / static_cast<double>(n_)); }

 private:
  std::uint64_t n_ = 0;
  double mean_ = 0;
  double sum_of_squares_ = 0;
};

}  // namespace perennial::stats
