#include "stats/suffix_scan.hpp"

#include <algorithm>
#include <cmath>

#include "stats/special.hpp"

namespace perennial::stats {
namespace {

double density(double x) { return 0.3989422804014327 * std::exp(-x * x / 2); }

/// How much the maximum over discrete times falls short of that over continuous ones (Siegmund 1985).
double shortfall(double x) {
  const double half = x / 2;
  const double below = normal_cdf(half);
  return (below - 0.5) / half / (half * below + density(half));
}

}  // namespace

double suffix_scan_rate(double height, double longest) {
  if (!(height > 1)) return 1;
  const double from = height / std::sqrt(std::max(longest, 1.0));
  const double to = height;
  // At one value there is no stretch to choose: the rate is that of the value itself.
  const double alone = std::erfc(height / std::sqrt(2.0));
  constexpr int panels = 32;
  const double step = (to - from) / panels;
  double sum = 0;
  for (int i = 0; i <= panels && step > 0; ++i) {
    const double x = from + step * i;
    const double weight = i == 0 || i == panels ? 1 : i % 2 == 1 ? 4 : 2;
    const double nu = shortfall(x);
    sum += weight * x * nu * nu;
  }
  return std::min(1.0, std::max(alone, height * density(height) * sum * step / 3));
}

}  // namespace perennial::stats
