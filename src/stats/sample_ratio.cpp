#include "stats/sample_ratio.hpp"

#include <algorithm>
#include <cmath>

namespace perennial::stats {
namespace {

constexpr double prior_units = 100;

// std::lgamma writes a global; lgamma_r does not.
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

double log_beta(double a, double b) { return log_gamma(a) + log_gamma(b) - log_gamma(a + b); }

}  // namespace

double sample_ratio_p(std::uint64_t arm_one, std::uint64_t arm_two, double share) {
  if (!(share > 0 && share < 1)) return 1;
  const auto one = static_cast<double>(arm_one);
  const auto two = static_cast<double>(arm_two);
  const double a = prior_units * share;
  const double b = prior_units * (1 - share);
  const double log_factor =
      log_beta(a + one, b + two) - log_beta(a, b) - one * std::log(share) - two * std::log1p(-share);
  return std::min(1.0, std::exp(-log_factor));
}

}  // namespace perennial::stats
