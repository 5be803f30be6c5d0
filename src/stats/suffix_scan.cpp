#include "stats/suffix_scan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "stats/special.hpp"

namespace perennial::stats {
namespace {

double density(double x) { return 0.3989422804014327 * std::exp(-x * x / 2); }

/// How much the maximum over discrete times falls short of that over continuous ones (Siegmund 1985).
double shortfall(double x) {
  if (x <= 0) return 1;
  const double half = x / 2;
  const double below = normal_cdf(half);
  return (below - 0.5) / half / (half * below + density(half));
}

/// The integral of x shortfall(x)^2 from 0, at most 2e-8 off. It is asked for by every column of every look, so it is
/// tabulated once: at each place its value by Simpson's rule and its slope, between them the cubic that has both.
class Integral {
 public:
  double operator()(double x) const {
    const double place = std::min(x, static_cast<double>(last) * step) / step;
    const auto left = std::min(static_cast<std::size_t>(place), last - 1);
    const double t = place - static_cast<double>(left);
    const double rise = value_[left + 1] - value_[left];
    const double bend_left = slope_[left] * step - rise;
    const double bend_right = rise - slope_[left + 1] * step;
    return value_[left] + t * rise + t * (1 - t) * ((1 - t) * bend_left + t * bend_right);
  }
  static const Integral& table() {
    static const Integral made;
    return made;
  }

 private:
  static constexpr double step = 1.0 / 32;
  static constexpr std::size_t last = 40 * 32;  // at a height of 40 the density is 0

  Integral() {
    for (std::size_t i = 0; i <= last; ++i) slope_[i] = at(static_cast<double>(i) * step);
    for (std::size_t i = 0; i < last; ++i) {
      const double middle = at((static_cast<double>(i) + 0.5) * step);
      value_[i + 1] = value_[i] + (slope_[i] + 4 * middle + slope_[i + 1]) * step / 6;
    }
  }
  static double at(double x) {
    const double nu = shortfall(x);
    return x * nu * nu;
  }

  std::array<double, last + 1> value_{};
  std::array<double, last + 1> slope_{};
};

}  // namespace

double suffix_scan_rate(double height, double longest) {
  if (!(height > 1)) return 1;
  // At one value there is no stretch to choose: the rate is that of the value itself.
  const double alone = std::erfc(height / std::sqrt(2.0));
  const auto& integral = Integral::table();
  const double sum = integral(height) - integral(height / std::sqrt(std::max(longest, 1.0)));
  return std::min(1.0, std::max(alone, height * density(height) * sum));
}

}  // namespace perennial::stats
