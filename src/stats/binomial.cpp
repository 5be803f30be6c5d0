#include "stats/binomial.hpp"

#include <algorithm>
#include <cmath>

namespace perennial::stats {

double binomial_sf(std::uint64_t k, std::uint64_t n, double p) {
  if (std::isnan(p)) return p;
  if (k == 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  const auto trials = static_cast<double>(n);
  const auto log_term = [&](double i) {
    return std::lgamma(trials + 1) - std::lgamma(i + 1) - std::lgamma(trials - i + 1) + i * std::log(p) +
           (trials - i) * std::log1p(-p);
  };
  // Below the mean the other tail is the short one.
  if (static_cast<double>(k) <= trials * p) {
    double below = 0;
    double term = std::exp(log_term(static_cast<double>(k - 1)));
    for (std::uint64_t i = k - 1;; --i) {
      below += term;
      if (i == 0 || term < below * 1e-17) break;
      term *= static_cast<double>(i) * (1 - p) / ((trials - static_cast<double>(i) + 1) * p);
    }
    return std::clamp(1 - below, 0.0, 1.0);
  }
  double above = 0;
  double term = std::exp(log_term(static_cast<double>(k)));
  for (std::uint64_t i = k; i <= n; ++i) {
    above += term;
    if (term < above * 1e-17) break;
    term *= (trials - static_cast<double>(i)) * p / (static_cast<double>(i + 1) * (1 - p));
  }
  return std::min(above, 1.0);
}

}  // namespace perennial::stats
