#include "stats/special.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace perennial::stats {
namespace {

namespace bm = boost::math;
using Quiet = bm::policies::policy<
    bm::policies::domain_error<bm::policies::ignore_error>, bm::policies::pole_error<bm::policies::ignore_error>,
    bm::policies::overflow_error<bm::policies::ignore_error>, bm::policies::underflow_error<bm::policies::ignore_error>,
    bm::policies::evaluation_error<bm::policies::ignore_error>, bm::policies::promote_double<false>>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double normal_quantile(double p) {
  if (std::isnan(p) || p < 0 || p > 1) return nan;
  if (p == 0) return -infinity;
  if (p == 1) return infinity;
  return bm::quantile(bm::normal_distribution<double, Quiet>(), p);
}

double student_t_cdf(double t, double df) { return student_t_sf(-t, df); }

double student_t_sf(double t, double df) {
  if (std::isnan(t) || std::isnan(df) || df <= 0) return nan;
  if (std::isinf(t)) return t > 0 ? 0 : 1;
  if (std::isinf(df)) return normal_cdf(-t);
  return bm::cdf(bm::complement(bm::students_t_distribution<double, Quiet>(df), t));
}

double chi_squared_sf(double x, double df) {
  if (std::isnan(x) || std::isnan(df)) return nan;
  if (x <= 0 || df <= 0) return 1;
  if (std::isinf(x)) return 0;
  return bm::cdf(bm::complement(bm::chi_squared_distribution<double, Quiet>(df), x));
}

double chi_squared_quantile_upper(double p, double df) {
  if (std::isnan(p) || std::isnan(df)) return nan;
  if (df <= 0 || p >= 1) return 0;
  if (p <= 0) return infinity;
  return bm::quantile(bm::complement(bm::chi_squared_distribution<double, Quiet>(df), p));
}

double kolmogorov_sf(double x) {
  if (std::isnan(x)) return nan;
  if (x <= 0) return 1;
  constexpr double pi = std::numbers::pi;
  // The alternating series converges slowly near 0; Jacobi's transformation of it converges fast there.
  if (x < 1) {
    double sum = 0;
    for (int k = 1; k <= 9; k += 2) sum += std::exp(-k * k * pi * pi / (8 * x * x));
    return std::clamp(1 - std::sqrt(2 * pi) / x * sum, 0.0, 1.0);
  }
  double sum = 0;
  for (int k = 1; k <= 10; ++k) {
    const double term = std::exp(-2.0 * k * k * x * x);
    sum += k % 2 == 1 ? term : -term;
  }
  return std::clamp(2 * sum, 0.0, 1.0);
}

}  // namespace perennial::stats
