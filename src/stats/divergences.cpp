#include "stats/divergences.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perennial::stats {
namespace {

double sum_of(std::span<const double> weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  return sum > 0 && std::isfinite(sum) ? sum : std::numeric_limits<double>::quiet_NaN();
}

/// p ln(p / q), with 0 ln 0 = 0.
double information(double p, double q) {
  if (p == 0) return 0;
  return q == 0 ? std::numeric_limits<double>::infinity() : p * std::log(p / q);
}

/// Sums `term(p, q)` over the normalised weights.
template <class Term>
double over_shares(std::span<const double> p, std::span<const double> q, Term term) {
  const double p_sum = sum_of(p);
  const double q_sum = sum_of(q);
  if (std::isnan(p_sum) || std::isnan(q_sum)) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (std::size_t i = 0; i < std::min(p.size(), q.size()); ++i) sum += term(p[i] / p_sum, q[i] / q_sum);
  return std::max(sum, 0.0);  // rounding may leave a little less than nothing
}

}  // namespace

double kullback_leibler(std::span<const double> p, std::span<const double> q) { return over_shares(p, q, information); }

double jensen_shannon(std::span<const double> p, std::span<const double> q) {
  return std::sqrt(over_shares(p, q, [](double a, double b) {
    const double middle = (a + b) / 2;
    return (information(a, middle) + information(b, middle)) / 2;
  }));
}

double hellinger(std::span<const double> p, std::span<const double> q) {
  const double distance = std::sqrt(over_shares(p, q, [](double a, double b) {
    const double difference = std::sqrt(a) - std::sqrt(b);
    return difference * difference / 2;
  }));
  return distance > 1 ? 1 : distance;
}

Distance kullback_leibler(const BinShares& shares, double level) {
  if (!shares.defined()) return {};
  return {kullback_leibler(shares.current, shares.reference), shares.pearson_noise(level) / 2};
}

Distance jensen_shannon(const BinShares& shares, double level) {
  if (!shares.defined()) return {};
  return {jensen_shannon(shares.current, shares.reference), std::sqrt(shares.pearson_noise(level) / 8)};
}

Distance hellinger(const BinShares& shares, double level) {
  if (!shares.defined()) return {};
  return {hellinger(shares.current, shares.reference), std::sqrt(shares.pearson_noise(level) / 8)};
}

}  // namespace perennial::stats
